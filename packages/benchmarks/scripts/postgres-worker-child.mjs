// A worker on PostgreSQL, which begins to work when a line arrives on its standard input.
import { once } from "node:events";
import { openPostgresStorage } from "@automatosx/backend-postgres";
import { WorkflowEngine } from "@automatosx/workflow";

const [url = "", slots = "1", agentMs = "0"] = process.argv.slice(2);
const storage = await openPostgresStorage({ url });
const none = () => new Promise((resolve) => void setTimeout(resolve, Number(agentMs), null));
const engine = await WorkflowEngine.open({ storage, agents: { none } });
process.stdout.write("ready\n");
await once(process.stdin, "data");
engine.work({ slots: Number(slots) });
