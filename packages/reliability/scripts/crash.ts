import { readFlags } from "../../../scripts/read-flags.ts";
import { damage } from "../src/damage/damage.ts";
import { diskFull } from "../src/disk-full/disk-full.ts";
import { ioErrors } from "../src/io-errors/io-errors.ts";
import { kill } from "../src/kill/kill.ts";
import type { Part } from "../src/part.ts";
import { powerLoss } from "../src/power-loss/power-loss.ts";
import { twoEngines } from "../src/two-engines/two-engines.ts";

const parts: readonly Part[] = [kill, ioErrors, diskFull, twoEngines, powerLoss, damage];

const values = readFlags(
  `npm run crash -- [--full] [--part NAME]
  --full        the long form
  --part NAME   only this part, may be repeated: ${parts.map((part) => part.name).join(", ")}`,
  { full: { type: "boolean", default: false }, part: { type: "string", multiple: true } },
);
const wanted = parts.filter((part) => values.part === undefined || values.part.includes(part.name));
if (wanted.length === 0) {
  console.error(`no such part: there are ${parts.map((part) => part.name).join(", ")}`);
  process.exit(2);
}

let triedCount = 0;
let failureCount = 0;
for (const part of wanted) {
  const began = performance.now();
  const report = await part.run({ full: values.full });
  triedCount += report.triedCount;
  failureCount += report.failures.length;
  console.log(
    `${report.failures.length === 0 ? "ok    " : "failed"} ${part.name} (${((performance.now() - began) / 1000).toFixed(1)} s)`,
  );
  for (const line of [...report.lines, ...report.failures]) console.log(`         ${line}`);
}
console.log(`crash: ${triedCount} tried, ${failureCount} failed`);
process.exitCode = failureCount === 0 ? 0 : 1;
