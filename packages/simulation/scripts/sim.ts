import { parseArgs } from "node:util";
import { coreParts } from "./core-parts.ts";
import type { Part } from "./part.ts";

const parts: readonly Part[] = [...coreParts];

const { values } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    part: { type: "string", multiple: true },
    seed: { type: "string" },
    seeds: { type: "string" },
  },
});

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  console.error(`--${name} takes a whole number above 0, not ${text}`);
  process.exit(2);
}

const wanted = parts.filter((part) => values.part === undefined || values.part.includes(part.name));
if (wanted.length === 0) {
  console.error(`no such part: there are ${parts.map((part) => part.name).join(", ")}`);
  process.exit(2);
}

let triedCount = 0;
let failureCount = 0;

async function replay(seed: number): Promise<void> {
  // A seed belongs to one part: the first that has seeds, unless one is named.
  const part = wanted.find((candidate) => candidate.replay !== undefined);
  const replayed = await part?.replay?.(seed);
  if (replayed === undefined) return;
  triedCount += 1;
  failureCount += replayed.isFailed ? 1 : 0;
  for (const line of replayed.lines) console.log(line);
}

async function run(part: Part): Promise<void> {
  const began = performance.now();
  const report = await part.run({ full: values.full, ...(values.seeds !== undefined && { seeds: wholeNumber("seeds", values.seeds) }) });
  triedCount += report.triedCount;
  failureCount += report.failures.length;
  console.log(`${report.failures.length === 0 ? "ok    " : "failed"} ${part.name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  for (const text of [...report.lines, ...report.failures]) for (const line of text.split("\n")) console.log(`         ${line}`);
}

if (values.seed === undefined) for (const part of wanted) await run(part);
else await replay(wholeNumber("seed", values.seed));
console.log(`sim: ${triedCount} tried, ${failureCount} failed`);
process.exitCode = failureCount === 0 ? 0 : 1;
