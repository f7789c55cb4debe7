// An engine that the tests kill, on SQLite or on PostgreSQL. Run by Node from the built packages.
import { WorkflowEngine } from "@automatosx/workflow";
import { openAttemptQueue, openPostgresStorage } from "../../dist/index.js";

const [database = "", url = "", verb = "", argument = ""] = process.argv.slice(2);
const queue = await openAttemptQueue({ url, heartbeatMs: 10_000 });
const storage = database.startsWith("postgres:")
  ? await openPostgresStorage({ url: database })
  : undefined;
const engine = await WorkflowEngine.open({
  ...(storage === undefined ? { database } : { storage }),
  agents: { worker: queue.agentFor("worker") },
});
const run =
  verb === "start" ? await engine.start(argument, { runId: "job" }) : await engine.resume(argument);
process.stdout.write(`run ${run.id}\n`);
const { status, metrics } = await run.ending;
process.stdout.write(`ending ${JSON.stringify({ status, retries: metrics.retries })}\n`);
await engine.close();
storage?.close();
await queue.close();
