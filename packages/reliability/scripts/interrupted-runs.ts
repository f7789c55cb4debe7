// Writes a database with a completed run, a failed run and a run that is killed halfway, together
// with this process. Most data of the first two runs is in the file; most data of the third is only
// in the log.
import { WorkflowEngine } from "@automatosx/workflow";
import Database from "better-sqlite3";
import { agents, workflow } from "../src/damage/damage-workflow.ts";

const [database = ""] = process.argv.slice(2);

const inputs = { topic: "bits" };
const checkpoint = { every: 3 };
let ending: "complete" | "fail" | "die" = "complete";
const plain = agents();
const engine = await WorkflowEngine.open({
  database,
  checkpoint,
  agents: agents((request) => {
    if (ending === "fail") throw new Error("the signature was refused for an unknown reason");
    if (ending === "die") process.kill(process.pid, "SIGKILL");
    return plain["plain"]?.(request);
  }),
});
await (await engine.start(workflow, { inputs })).ending;
ending = "fail";
await (await engine.start(workflow, { inputs })).ending;
const connection = new Database(database);
connection.pragma("wal_checkpoint(PASSIVE)");
ending = "die";
const killed = await engine.start(workflow, { inputs: { topic: "pieces" } });
for await (const event of killed.events()) {
  if (event.type === "step_completed" && event.stepId === "plan")
    connection.pragma("wal_checkpoint(PASSIVE)");
}
