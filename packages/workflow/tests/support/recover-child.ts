// A process that recovers a database; a step called `poison` kills it. Run by Node from the built
// package.
import { appendFileSync } from "node:fs";
import { WorkflowEngine } from "../../dist/index.js";

const [database = "", launches = "", ...definitions] = process.argv.slice(2);

const engine = await WorkflowEngine.open({
  database,
  agents: {
    worker: ({ stepId, attemptNumber }) => {
      appendFileSync(launches, `${stepId}/${attemptNumber}\n`);
      if (stepId === "poison") process.kill(process.pid, "SIGKILL");
      return stepId;
    },
  },
});
// The start of every run must be on disk before the first step can kill the process.
if (definitions.length > 0)
  await Promise.all(definitions.map((definition) => engine.start(definition)));
const { handles, suspects, problems } = await engine.recover();
const runs = [...handles.map(({ id }) => id), ...suspects];
const endings = await Promise.all(runs.map((id) => engine.waitForCompletion(id)));
process.stdout.write(
  JSON.stringify({
    endings: endings.map(({ status }) => status),
    problems: problems.map(({ code, runId, message }) => ({ code, runId, message })),
  }),
);
await engine.close();
