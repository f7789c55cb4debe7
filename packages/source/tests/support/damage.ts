import { afterEach, beforeEach } from "vitest";

/** How many times a reader may read a character, for each character of its text. */
const LOOKS_PER_CHARACTER = 200;
const LOOKS_AT_LEAST = 10_000;

// oxlint-disable-next-line typescript/unbound-method -- it is called with its string.
const { charCodeAt } = String.prototype;
let looks = 0;
let budget = Infinity;

/**
 * Counts how many times the tests in a file read a character, so that a reader in an endless loop
 * fails instead of hanging. It throws once the limit set by `limitLooks` is exceeded.
 */
export function countLooks(): void {
  beforeEach(() => {
    budget = Infinity;
    // oxlint-disable-next-line no-extend-native -- restored after each test.
    String.prototype.charCodeAt = function counted(this: string, index: number): number {
      looks += 1;
      if (looks > budget) throw new Error(`more than ${budget} looks at a character`);
      return charCodeAt.call(this, index);
    };
  });
  afterEach(() => {
    // oxlint-disable-next-line no-extend-native -- see above.
    String.prototype.charCodeAt = charCodeAt;
  });
}

/** Starts counting for a text of this length. */
export function limitLooks(length: number, most = LOOKS_AT_LEAST + LOOKS_PER_CHARACTER * length) {
  looks = 0;
  budget = most;
}

/** Numbers below a limit. The same seed gives the same numbers: xorshift. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
