// `npm run soak`: does anything grow that should not, over many runs in one engine? With `--full` 100,000 runs.
import { readFlags } from "../../../scripts/read-flags.ts";
import { FULL, SHORT, soak } from "../src/soak/soak.ts";

const values = readFlags("npm run soak -- [--full]\n  --full   100,000 runs instead of 10,000", {
  full: { type: "boolean", default: false },
});
const began = performance.now();
const { triedCount, failures, lines } = await soak(values.full ? FULL : SHORT);
for (const line of [...lines, ...failures.map((failure) => `failed: ${failure}`)])
  console.log(line);
console.log(`${((performance.now() - began) / 1000).toFixed(1)} s`);
console.log(
  values.full
    ? "One run of 100,000 steps, its time and its memory: npm run bench -- --full"
    : "The slope of the whole process is shown, not judged: over so few runs it is noise. --full judges it, over 100,000.",
);
console.log(`soak: ${triedCount} tried, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
