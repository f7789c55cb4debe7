// An engine on PostgreSQL that the tests kill. Run by Node from the built packages.
import { appendFileSync } from "node:fs";
import { prepareWorkflowFile, WorkflowEngine } from "@automatosx/workflow";
import { openPostgresStorage } from "../../dist/index.js";

const [url = "", verb = "", argument = "", notes = ""] = process.argv.slice(2);
const storage = await openPostgresStorage({ url, waitMs: 5_000 });
const engine = await WorkflowEngine.open({
  storage,
  agents: {
    "*": async ({ stepId, signal }) => {
      appendFileSync(notes, `${stepId}\n`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 30);
        signal.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        });
      });
      return `result of ${stepId}`;
    },
  },
});
const run =
  verb === "start"
    ? await engine.start(prepareWorkflowFile(argument), { runId: "job" })
    : await engine.resume(argument);
const { status } = await run.ending;
process.stdout.write(`${status}\n`);
await engine.close();
storage.close();
