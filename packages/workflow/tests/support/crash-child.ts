// The process that the crash tests kill: it starts or resumes the workflow given in its arguments,
// and prints a line for each attempt that starts. Run by Node from the built package.
import { appendFileSync } from "node:fs";
import { WorkflowEngine } from "../../dist/index.js";

const [database = "", launches = "", verb = "", argument = ""] = process.argv.slice(2);

const engine = await WorkflowEngine.open({
  database,
  checkpoint: { every: 2 },
  agents: {
    worker: async ({ stepId, attemptNumber, previousResults, signal }) => {
      appendFileSync(launches, `${stepId}/${attemptNumber}\n`);
      if (stepId.startsWith("wait")) {
        process.stdout.write(`waiting in ${stepId}/${attemptNumber}\n`);
        if (attemptNumber === 1)
          await new Promise((_, reject) =>
            signal.addEventListener("abort", () => reject(signal.reason as Error)),
          );
      }
      return { from: stepId, given: Object.keys(previousResults).sort() };
    },
  },
});
const run = verb === "start" ? await engine.start(argument) : await engine.resume(argument);
process.stdout.write(`run ${run.id}\n`);
const ending = await run.ending;
process.stdout.write(`ending ${JSON.stringify(ending)}\n`);
await engine.close();
