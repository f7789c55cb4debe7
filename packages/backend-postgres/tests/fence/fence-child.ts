// An engine with a short lease whose program ignores TERM, and whose storage is behind a proxy. Run
// by Node from the built packages.
import { WorkflowEngine } from "@automatosx/workflow";
import { openPostgresStorage } from "../../dist/index.js";

const [url = "", pids = "", leaseMs = "3000"] = process.argv.slice(2);

const storage = await openPostgresStorage({ url, answerMs: Number(leaseMs) / 10 });
const engine = await WorkflowEngine.open({ storage, leaseMs: Number(leaseMs) });
const script = `
if [ "$AX_ATTEMPT_NUMBER" -gt 1 ]; then echo again; exit 0; fi
trap '' TERM
echo $$ > '${pids}'
exec sleep 300
`;
const run = await engine.start({ id: "fenced", steps: [{ id: "long", run: { script } }] });

/** How long the event loop stood still, in ms, beyond what a busy machine explains. */
let stoodStillMs = 0;
let before = performance.now();
const timer = setInterval(() => {
  const late = performance.now() - before - 10;
  if (late > 100) stoodStillMs += late;
  before = performance.now();
}, 10);

process.stdout.write(`run ${run.id}\n`);
await run.ending.catch((error: unknown) => {
  const { code, message } = error as { readonly code: string; readonly message: string };
  process.stdout.write(`ending ${JSON.stringify({ code, message })}\n`);
});
clearInterval(timer);
process.stdout.write(`stood still ${stoodStillMs.toFixed(0)}\n`);
await new Promise((resolve) => process.stdin.once("data", resolve));
// The engine must stay usable once the database answers.
const next = await engine.start({ id: "next", steps: [{ id: "a", run: { script: "echo fine" } }] });
process.stdout.write(`next ${JSON.stringify((await next.ending).results)}\n`);
await engine.close();
storage.close();
process.stdout.write("closed\n");
process.stdin.destroy();
