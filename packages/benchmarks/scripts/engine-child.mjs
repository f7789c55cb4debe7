// A process with one engine, for figures that concern a whole process: peak memory and stack.
// Plain JavaScript, so that the process does not spend memory on stripping types.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { WorkflowEngine } from "@automatosx/workflow";

const [what, folder] = process.argv.slice(2);

const none = () => Promise.resolve(null);
const database = path.join(folder, `${randomUUID()}.db`);
await using engine = await WorkflowEngine.open({ database, agents: { none } });
const smallMs = await runMs(what, 1000);
const [mediumMs, largeMs] =
  what === "chain" ? [] : [await runMs(what, 10_000), await runMs(what, 100_000)];
process.stdout.write(JSON.stringify({ peakMb: peakMemoryMb(), smallMs, mediumMs, largeMs }));

async function runMs(shape, length) {
  const steps = Array.from({ length }, (_, index) => ({
    id: `s${index}`,
    agentId: "none",
    task: "work",
    dependencies: !shape.includes("chain") || index === 0 ? [] : [`s${index - 1}`],
  }));
  const startedAt = performance.now();
  const run = await engine.start({ id: `w${length}`, steps });
  const { status, error } = await run.ending;
  if (status !== "completed") throw new Error(`The run is ${status}: ${error}.`);
  return performance.now() - startedAt;
}

// Read from /proc where available, because getrusage also counts the parent's memory at the fork.
function peakMemoryMb() {
  try {
    return (
      Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024
    );
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}
