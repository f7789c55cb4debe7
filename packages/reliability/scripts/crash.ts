// `npm run crash`: breaks the built engine in many ways and checks that it keeps its promises.
import { readFlags } from "../../../scripts/read-flags.ts";
import { damage } from "../src/damage/damage.ts";
import { diskFull } from "../src/disk-full/disk-full.ts";
import { hostileText } from "../src/hostile-text/hostile-text.ts";
import { ioErrors } from "../src/io-errors/io-errors.ts";
import { kill } from "../src/kill/kill.ts";
import type { Part } from "../src/part.ts";
import { powerLoss } from "../src/power-loss/power-loss.ts";
import { twoEngines } from "../src/two-engines/two-engines.ts";

const parts: readonly Part[] = [
  kill,
  ioErrors,
  diskFull,
  twoEngines,
  powerLoss,
  damage,
  hostileText,
];
const names = parts.map((part) => part.name).join(", ");

const values = readFlags(
  `npm run crash -- [--full] [--part NAME]
  --full        tries every point instead of a sample
  --part NAME   runs one part; may be repeated: ${names}`,
  { full: { type: "boolean", default: false }, part: { type: "string", multiple: true } },
);
const chosen = parts.filter((part) => values.part === undefined || values.part.includes(part.name));
if (chosen.length === 0) {
  console.error(`Unknown part ${values.part?.join(", ")}. The parts are ${names}.`);
  process.exit(2);
}

let triedCount = 0;
let failureCount = 0;
for (const part of chosen) {
  const began = performance.now();
  const report = await part.run({ full: values.full });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  triedCount += report.triedCount;
  failureCount += report.failures.length;
  console.log(`${report.failures.length === 0 ? "ok    " : "failed"} ${part.name} (${seconds} s)`);
  for (const line of [...report.lines, ...report.failures]) console.log(`         ${line}`);
}
console.log(`crash: ${triedCount} tried, ${failureCount} failed`);
process.exitCode = failureCount === 0 ? 0 : 1;
