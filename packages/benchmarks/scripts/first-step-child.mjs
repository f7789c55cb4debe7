// A process that starts an engine and exits when the first step begins. With `cached` it uses
// Node's compile cache, as `axw` does.
import { randomUUID } from "node:crypto";
import module from "node:module";
import path from "node:path";

const [cache, folder] = process.argv.slice(2);
if (cache === "cached") module.enableCompileCache();
const { WorkflowEngine } = await import("@automatosx/workflow");
const engine = await WorkflowEngine.open({
  database: path.join(folder, `${randomUUID()}.db`),
  agents: { none: () => process.exit(0) },
});
const steps = Array.from({ length: 10 }, (_, index) => ({
  id: `s${index}`,
  agentId: "none",
  task: "work",
  dependencies: index === 0 ? [] : [`s${index - 1}`],
}));
await engine.start({ id: "w10", steps });
