// The process that the recovery tests of child runs kill: it starts a workflow file, or recovers
// what another process left, and notes each attempt of an agent that begins. With a number, it
// kills itself as soon as that number of commits are durable. Run by Node from the built package.
import { appendFileSync } from "node:fs";
import { openSqliteStorage, prepareWorkflowFile, WorkflowEngine } from "../../dist/index.js";

const [database = "", launches = "", file = "", killAfter = ""] = process.argv.slice(2);

const storage = openSqliteStorage({ path: database, durability: "process" });
const commit = storage.commit.bind(storage);
let count = 0;
storage.commit = (writes) => {
  commit(writes);
  count += 1;
  if (count === Number(killAfter)) process.kill(process.pid, "SIGKILL");
};
const engine = await WorkflowEngine.open({
  storage,
  agents: {
    "*": async ({ runId, stepId, attemptNumber }) => {
      appendFileSync(launches, `${runId}/${stepId}/${attemptNumber}\n`);
      await new Promise((resolve) => setTimeout(resolve, 2));
      return stepId;
    },
  },
});
if (storage.getRun("r") === undefined)
  await engine.start(prepareWorkflowFile(file), { runId: "r" });
else await engine.recover();
const stored = storage.getRun("r");
// A run whose last commit is durable has ended, and is not recovered.
const { status, outputs } = await engine.waitForCompletion(stored?.runId ?? "r");
const children = storage.listChildRuns("r").map(({ runId, status }) => [runId, status]);
process.stdout.write(`ending ${JSON.stringify({ status, outputs, children, count })}\n`);
await engine.close();
storage.close();
