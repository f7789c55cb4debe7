import type { Result } from "./run-parts.ts";

/** The part whose output has the line that counts the tests. */
export const TESTS = "tests";

/**
 * The last lines of CI: the minutes of each part, the tests and parts that failed or are unstable,
 * and the closing line of `npm test` at the very end. `seconds` is the time of everything.
 */
export function summary(results: readonly Result[], seconds: number): readonly string[] {
  const lines = results.find(({ part }) => part.name === TESTS)?.output.split("\n") ?? [];
  const failed = results.filter(({ isOk }) => !isOk).map(({ part }) => part.name);
  const unstable = results.filter(({ isUnstable }) => isUnstable).map(({ part }) => part.name);
  return [
    `${"part".padEnd(WIDTH)} minutes`,
    ...results.map(({ part, seconds: took }) => minutes(part.name, took)),
    minutes("total", seconds),
    ...lines.filter((line) => /^(failed|unstable): /.test(line)),
    ...unstable.map((name) => `unstable: ${name} failed once, and passed when it was repeated`),
    ...(failed.length === 0 ? [] : [`failed: ${failed.join(" ")}`]),
    ...lines.filter(isClosing).slice(-1),
  ];
}

/** Whether every part passed, and the tests were counted. */
export function isPassed(results: readonly Result[]): boolean {
  const tests = results.find(({ part }) => part.name === TESTS);
  return results.every(({ isOk }) => isOk) && tests?.output.split("\n").some(isClosing) === true;
}

const WIDTH = 12;

const isClosing = (line: string): boolean => /^\d+ passed, \d+ failed(, \d+ skipped)?$/.test(line);

const minutes = (name: string, seconds: number): string =>
  `${name.padEnd(WIDTH)} ${(seconds / 60).toFixed(1).padStart(7)}`;
