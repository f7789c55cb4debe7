// The two processes of the `resume` row: `start` runs a workflow until it is killed, `resume`
// resumes the run.
import { WorkflowEngine } from "@automatosx/workflow";

const COMPLETED = 10_000;
const [verb, database, runId] = process.argv.slice(2);

const none = ({ stepId }) => Promise.resolve({ from: stepId });
const forever = () => new Promise(() => setInterval(() => undefined, 60_000));
const steps = Array.from({ length: COMPLETED + 100 }, (_, index) => ({
  id: `s${index}`,
  agentId: index < COMPLETED ? "none" : "stop",
  task: "work",
  dependencies: index === 0 ? [] : [`s${index - 1}`],
}));

if (verb === "start") {
  let resolveId = () => undefined;
  const id = new Promise((resolve) => {
    resolveId = resolve;
  });
  const stop = async () => {
    process.stdout.write(`${await id}\n`);
    return forever();
  };
  const engine = await WorkflowEngine.open({
    database,
    durability: "process",
    agents: { none, stop },
  });
  resolveId((await engine.start({ id: "long", steps })).id);
} else {
  let startedAt = 0;
  const stop = () => {
    process.stdout.write(String(performance.now() - startedAt));
    process.exit(0);
  };
  const engine = await WorkflowEngine.open({ database, agents: { none, stop } });
  startedAt = performance.now();
  await engine.resume(runId);
}
