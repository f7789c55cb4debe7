import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Part, PartReport } from "../part.ts";
import { judgeRate, measureAgentOutput } from "./agent-output.ts";
import { judgeMemory, judgeTimes, type Measured } from "./judge-times.ts";
import { HOSTILE_TEXTS } from "./texts.ts";

const program = fileURLToPath(new URL("./measure-main.ts", import.meta.url));

/** Without `--full`, the memory of one in this number of texts is measured. */
const SAMPLED = 8;

/** A text that seems slow is measured again in processes of its own, and its best times count. */
const TRIES = 5;

/** Text of others is read in time that is linear in its length, and in bounded memory. */
export const hostileText: Part = {
  name: "hostile-text",
  async run({ full }): Promise<PartReport> {
    const names = HOSTILE_TEXTS.map(({ name }) => name);
    const failures: string[] = [];
    for (const measured of await times(names)) {
      const problem = await confirm(measured);
      if (problem !== undefined) failures.push(problem);
    }
    const sample = full ? names : names.filter((_, index) => index % SAMPLED === 0);
    for (const name of sample) {
      const problem = judgeMemory(name, await memory(name));
      if (problem !== undefined) failures.push(problem);
    }
    const rates = await measureAgentOutput();
    failures.push(...rates.flatMap((each) => judgeRate(each) ?? []));
    const slowest = Math.min(...rates.map(({ rate }) => rate));
    const lines = [
      `${names.length} texts timed, the memory of ${sample.length} measured`,
      `agent output is read at ${slowest.toFixed(0)} MB/s or more`,
    ];
    return { triedCount: names.length + sample.length + rates.length, failures, lines };
  },
};

// A large young generation, so that the growth is that of the reader, not of the collector.
function times(names: readonly string[]): Promise<readonly Measured[]> {
  return inProcess<Measured>("times", names, ["--max-semi-space-size=128"]);
}

/**
 * Returns the least memory of up to `TRIES` processes: the collector may run late in one of them.
 */
async function memory(name: string): Promise<number> {
  let least = Infinity;
  for (let tries = 0; judgeMemory(name, least) !== undefined && tries < TRIES; tries += 1) {
    const [mebibytes = Infinity] = await inProcess<number>("memory", [name], []);
    least = Math.min(least, mebibytes);
  }
  return least;
}

/** Returns what is wrong with the times if further processes confirm it. */
async function confirm(measured: Measured): Promise<string | undefined> {
  let problem = judgeTimes(measured);
  for (let tries = 1; problem !== undefined && tries < TRIES; tries += 1) {
    const [again = measured] = await times([measured.name]);
    problem = judgeTimes(again);
  }
  return problem;
}

async function inProcess<T>(
  what: "times" | "memory",
  names: readonly string[],
  flags: readonly string[],
): Promise<readonly T[]> {
  const messages: T[] = [];
  const child = fork(program, [what, ...names], { execArgv: [...flags] });
  child.on("message", (message: T) => messages.push(message));
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  if (code !== 0)
    throw new Error(`the process that read ${names.length} texts exited with ${code}`);
  return messages;
}
