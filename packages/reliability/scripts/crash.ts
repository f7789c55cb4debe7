// `npm run crash`: breaks the built engine in many ways and checks that it keeps its promises.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { readFlags } from "../../../scripts/read-flags.ts";
import { damage } from "../src/damage/damage.ts";
import { diskFull } from "../src/disk-full/disk-full.ts";
import { hostileText } from "../src/hostile-text/hostile-text.ts";
import { ioErrors } from "../src/io-errors/io-errors.ts";
import { kill } from "../src/kill/kill.ts";
import type { Part } from "../src/part.ts";
import { powerLoss } from "../src/power-loss/power-loss.ts";
import { restate } from "../src/restate/restate.ts";
import { twoEngines } from "../src/two-engines/two-engines.ts";

/** The longest first, so that the lanes end at about the same time. */
const parts: readonly Part[] = [kill, damage, ioErrors, powerLoss, diskFull];
/** These measure times, so no other part of this command runs beside them. */
const timedParts: readonly Part[] = [hostileText, twoEngines, restate];
/** How many parts run at once: most of them wait for the processes that they start and kill. */
const LANES = Math.min(2, availableParallelism());

const all = [...parts, ...timedParts];
const names = all.map((part) => part.name).join(", ");

const values = readFlags(
  `npm run crash -- [--full] [--part NAME]
  --full        tries every point instead of a sample
  --part NAME   runs one part; may be repeated: ${names}`,
  { full: { type: "boolean", default: false }, part: { type: "string", multiple: true } },
);
const isChosen = (part: Part): boolean =>
  values.part === undefined || values.part.includes(part.name);
const chosen = all.filter(isChosen);
const [only] = chosen;
if (only === undefined) {
  console.error(`Unknown part ${values.part?.join(", ")}. The parts are ${names}.`);
  process.exit(2);
}

const sum = chosen.length === 1 ? await runHere(only) : await runInProcesses();
console.log(`crash: ${sum.triedCount} tried, ${sum.failureCount} failed`);
process.exitCode = sum.failureCount === 0 ? 0 : 1;

interface Sum {
  readonly triedCount: number;
  readonly failureCount: number;
}

async function runHere(part: Part): Promise<Sum> {
  const began = performance.now();
  const { triedCount, failures, lines } = await part.run({ full: values.full });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${failures.length === 0 ? "ok    " : "failed"} ${part.name} (${seconds} s)`);
  for (const line of [...lines, ...failures]) console.log(`         ${line}`);
  return { triedCount, failureCount: failures.length };
}

/** Runs each part in a process of its own, several at a time. */
async function runInProcesses(): Promise<Sum> {
  const sums: Sum[] = [];
  const waiting = parts.filter(isChosen);
  const work = async (): Promise<void> => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift())
      sums.push(await runApart(part));
  };
  await Promise.all(Array.from({ length: LANES }, work));
  for (const part of timedParts.filter(isChosen)) sums.push(await runApart(part));
  return {
    triedCount: sums.reduce((count, { triedCount }) => count + triedCount, 0),
    failureCount: sums.reduce((count, { failureCount }) => count + failureCount, 0),
  };
}

/** Runs a part in a process of its own, and prints its output when it has ended. */
async function runApart({ name }: Part): Promise<Sum> {
  const self = fileURLToPath(import.meta.url);
  const args = [...process.execArgv, self, "--part", name, ...(values.full ? ["--full"] : [])];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  const output = await text(child.stdout);
  await exited;
  const closing = /^crash: (\d+) tried, (\d+) failed\n$/m.exec(output);
  process.stdout.write(closing === null ? output : output.slice(0, closing.index));
  if (closing !== null) return { triedCount: Number(closing[1]), failureCount: Number(closing[2]) };
  console.log(`failed ${name}: its process ended early`);
  return { triedCount: 0, failureCount: 1 };
}
