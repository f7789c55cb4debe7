import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UnknownBehaviour } from "./behaviours.js";
import { type Case, playCase, playScenario, type Scenario, UnknownAction } from "./play-case.js";
import { UnknownKey } from "./written-values.js";

const data = join(import.meta.dirname, "../../../acceptance/data/language");
const index = JSON.parse(readFileSync(join(data, "cases/index.json"), "utf8")) as {
  readonly cases: readonly Case[];
};
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

/**
 * What differs from the expectation in any order of ready steps; undefined if the interpreter does
 * not know a construct.
 */
function differencesIn(play: (seed: number) => readonly string[]): readonly string[] | undefined {
  try {
    return SEEDS.flatMap(play);
  } catch (error) {
    const isUnknown =
      error instanceof UnknownKey ||
      error instanceof UnknownAction ||
      error instanceof UnknownBehaviour;
    if (!isUnknown) throw error;
    return undefined;
  }
}

function played<T>(
  list: readonly T[],
  play: (one: T, seed: number) => readonly string[],
  nameOf: (one: T) => string,
) {
  const names: string[] = [];
  const differences: string[] = [];
  for (const one of list) {
    const found = differencesIn((seed) => play(one, seed));
    if (found === undefined) continue;
    names.push(nameOf(one));
    differences.push(...found.map((difference) => `${nameOf(one)}: ${difference}`));
  }
  return { names, differences };
}

describe("the interpreter", () => {
  test("plays the cases of the language as they expect, in every order of ready steps", () => {
    const runs = index.cases.filter(({ invalid }) => invalid === undefined);
    const { names, differences } = played(
      runs,
      (one, seed) => playCase(join(data, "cases"), one, seed),
      ({ id }) => id,
    );
    expect(differences).toEqual([]);
    expect(runs.map(({ id }) => id).filter((id) => !names.includes(id))).toEqual([]);
  });

  test("plays the translated workflows as they expect", () => {
    const folder = join(data, "translated");
    const files = globSync("*.expect.json", { cwd: folder }).toSorted();
    const { names, differences } = played(
      files,
      (file, seed) =>
        playScenario(
          folder,
          JSON.parse(readFileSync(join(folder, file), "utf8")) as Scenario,
          seed,
        ),
      (file) => file.replace(".expect.json", ""),
    );
    expect(differences).toEqual([]);
    const all = files.map((file) => file.replace(".expect.json", ""));
    expect(all.filter((name) => !names.includes(name))).toEqual([]);
  });
});
