import { describe, expect, test } from "vitest";
import { Checker } from "../../src/index.js";
import { CONSTRUCTS, constructsIn } from "../support/constructs.js";
import { HOLES, withHole } from "../support/planted-holes.js";
import {
  accept,
  type CheckerLike,
  type Program,
  randomProgram,
  run,
} from "../support/random-programs.js";
import { contains } from "../support/TypeMembership.res.js";

const ACCEPTED = 10_000;
const RUNS = 5;
const TIMEOUT_MS = 400_000;
/** The least share of the accepted programs that has a construct, in percent. */
const LEAST_SHARE = 3;
/**
 * What no type excludes: an item beyond the end of a list, a division by zero, a number too large,
 * a text that is no number, an empty separator, and the limits of an evaluation.
 */
const ALLOWED = new Set(["result", "condition", "unmade", "range", "value", "limit"]);

interface Unsound {
  readonly program: Program;
  readonly seed: number;
  readonly outcome: unknown;
}

interface Tally {
  accepted: number;
  rejected: number;
  evaluated: number;
  deep: number;
  readonly codes: Map<string, number>;
  readonly constructs: Map<string, number>;
  readonly unsound: Unsound[];
}

const add = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

/** Checks and runs random programs until enough are accepted, or enough are unsound. */
function fuzz(checker: CheckerLike, wanted: number, maxUnsound: number): Tally {
  const tally: Tally = {
    accepted: 0,
    rejected: 0,
    evaluated: 0,
    deep: 0,
    codes: new Map(),
    constructs: new Map(),
    unsound: [],
  };
  for (let seed = 1; tally.accepted < wanted && tally.unsound.length < maxUnsound; seed += 1) {
    const program = randomProgram(seed);
    const verdict = accept(program, checker);
    if (!verdict.ok) {
      tally.rejected += 1;
      for (const code of new Set(verdict.codes)) add(tally.codes, code);
      continue;
    }
    tally.accepted += 1;
    const { constructs, depth } = constructsIn(verdict.accepted.expression);
    for (const construct of constructs) add(tally.constructs, construct);
    if (depth >= 4) tally.deep += 1;
    for (let round = 0; round < RUNS; round += 1) {
      const outcome = run(program, verdict.accepted, seed * 100 + round);
      if (outcome.kind === "result") tally.evaluated += 1;
      const isOfType =
        outcome.kind !== "result" ||
        contains(verdict.accepted.valueType, (outcome as { value: unknown }).value);
      if (!ALLOWED.has(outcome.kind) || !isOfType)
        tally.unsound.push({ program, seed: seed * 100 + round, outcome });
    }
  }
  return tally;
}

describe("an expression that the checker accepts", () => {
  test(
    "meets no missing name, no value of a wrong kind, and gives a value of its type",
    () => {
      const tally = fuzz(Checker, ACCEPTED, 3);
      const percent = (count: number, all = tally.accepted) =>
        Math.round((1000 * count) / all) / 10;
      const shares = CONSTRUCTS.map(
        (name) => [name, percent(tally.constructs.get(name) ?? 0)] as const,
      );
      const made = tally.accepted + tally.rejected;
      process.stdout.write(
        `${tally.accepted} programs accepted, ${percent(tally.rejected, made)} % of ${made} ` +
          "rejected, " +
          `${tally.evaluated} values of ${tally.accepted * RUNS}, ` +
          `${percent(tally.deep)} % nested at least 4 deep; least: ` +
          `${shares.reduce((least, share) => (share[1] < least[1] ? share : least)).join(" ")} %\n`,
      );
      expect({
        unsound: tally.unsound,
        rare: shares.filter(([, share]) => share < LEAST_SHARE),
        accepted: tally.accepted,
        isDeep: percent(tally.deep) >= 30,
      }).toEqual({ unsound: [], rare: [], accepted: ACCEPTED, isDeep: true });
    },
    TIMEOUT_MS,
  );
});

describe("a hole in the checker", () => {
  test.each(HOLES)(
    "is found: it $name",
    async (hole) => {
      const { unsound } = await withHole(hole, (checker) => fuzz(checker, ACCEPTED, 1));
      expect(unsound.length).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});
