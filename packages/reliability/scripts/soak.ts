// `npm run soak`: runs many workflows in one engine and checks that nothing grows.
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
    ? "For the time and memory of one run of 100,000 steps: npm run bench -- --full"
    : "The memory slope of the whole process is not judged: over 10,000 runs it is noise. --full " +
        "judges it.",
);
console.log(`soak: ${triedCount} tried, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
