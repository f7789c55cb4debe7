import type { Part, PartOptions } from "./part.ts";

export interface PartsOptions extends PartOptions {
  /** Names of the parts to run; by default all. */
  readonly only?: readonly string[];
  /** Runs this one seed again instead, in the first of the parts that has seeds. */
  readonly seed?: number;
}

/**
 * Runs parts one after the other and prints their findings, followed by the sum. Returns the exit
 * code: 1 after a failure, 2 for an unknown part.
 */
export async function runParts(
  parts: readonly Part[],
  { only, seed, ...options }: PartsOptions,
  print: (line: string) => void,
): Promise<number> {
  const wanted = parts.filter(({ name }) => only === undefined || only.includes(name));
  const unknown = only?.find((name) => parts.every((part) => part.name !== name));
  if (unknown !== undefined) {
    const names = parts.map(({ name }) => name).join(", ");
    print(`Unknown part ${unknown}. The parts are: ${names}.`);
    return 2;
  }
  const { triedCount, failureCount } =
    seed === undefined ? await runAll(wanted, options, print) : await replay(wanted, seed, print);
  print(`sim: ${triedCount} tried, ${failureCount} failed`);
  return failureCount === 0 ? 0 : 1;
}

interface Sum {
  readonly triedCount: number;
  readonly failureCount: number;
}

async function runAll(
  parts: readonly Part[],
  options: PartOptions,
  print: (line: string) => void,
): Promise<Sum> {
  let [triedCount, failureCount] = [0, 0];
  for (const part of parts) {
    const began = performance.now();
    const report = await part.run(options);
    triedCount += report.triedCount;
    failureCount += report.failures.length;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    print(`${report.failures.length === 0 ? "ok    " : "failed"} ${part.name} (${seconds} s)`);
    for (const text of [...report.lines, ...report.failures])
      for (const line of text.split("\n")) print(`         ${line}`);
  }
  return { triedCount, failureCount };
}

async function replay(
  parts: readonly Part[],
  seed: number,
  print: (line: string) => void,
): Promise<Sum> {
  const replayed = await parts.find((part) => part.replay !== undefined)?.replay?.(seed);
  if (replayed === undefined) {
    print(`No seed can be replayed in ${parts.map(({ name }) => name).join(", ")}.`);
    return { triedCount: 0, failureCount: 1 };
  }
  for (const line of replayed.lines) print(line);
  return { triedCount: 1, failureCount: replayed.isFailed ? 1 : 0 };
}
