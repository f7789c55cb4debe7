// An engine with a short lease whose program ignores TERM. Run by Node from the built package.
import { WorkflowEngine } from "../../dist/index.js";

const [database = "", pids = ""] = process.argv.slice(2);

const engine = await WorkflowEngine.open({ database, leaseMs: 3000 });
const script = `
trap '' TERM
echo $$ >> '${pids}'
while :; do sleep 0.05; done
`;
const run = await engine.start({ id: "fenced", steps: [{ id: "long", run: { script } }] });
process.stdout.write(`run ${run.id}\n`);
await run.ending.catch((error: unknown) => {
  const { code, message } = error as { code: string; message: string };
  process.stdout.write(`ending ${JSON.stringify({ code, message })}\n`);
});
// The engine must stay usable.
process.stdout.write(`stats ${JSON.stringify(engine.getStats())}\n`);
await engine.close();
process.stdout.write("closed\n");
