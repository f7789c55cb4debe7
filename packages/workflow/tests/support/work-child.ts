// A worker: works on the runs of a database until a line arrives on its standard input. A step
// called `poison` kills it. Run by Node from the built package.
import { appendFileSync } from "node:fs";
import { WorkflowEngine } from "../../dist/index.js";

const [database = "", launches = "", slots = "1", stepMs = "0"] = process.argv.slice(2);

const engine = await WorkflowEngine.open({
  database,
  agents: {
    worker: async ({ runId, stepId, attemptNumber }) => {
      appendFileSync(launches, `${runId}/${stepId}/${attemptNumber} ${process.pid}\n`);
      if (stepId === "poison") process.kill(process.pid, "SIGKILL");
      await new Promise((resolve) => setTimeout(resolve, Number(stepMs)));
      return stepId;
    },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const work = engine.work({
  slots: Number(slots),
  onRun: ({ runId }, what, status) => say(`${what} ${runId} ${status ?? ""}`),
  onProblem: ({ code }, runId) => say(`${code} ${runId ?? ""}`),
});
async function stop(): Promise<void> {
  const { released } = await work.drain(10_000);
  say(`drained ${released.length}`);
  await engine.close();
  process.stdin.destroy();
}
process.stdin.once("data", () => void stop());
say("ready");
