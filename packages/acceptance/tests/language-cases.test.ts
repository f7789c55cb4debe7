import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import {
  folder,
  type IndexedCase,
  idsOf,
  indexFile,
  play,
  readIndex,
  scenarioFiles,
} from "./support/language-cases.js";
import { mutantsOf } from "./support/mutate-case.js";
import { sandbox } from "./support/sandbox.js";

/** The cases and scenarios that pass. A case that begins to pass is added to it. */
const passing = JSON.parse(readFileSync(path.join(folder, "passing.json"), "utf8")) as {
  readonly cases: readonly string[];
  readonly scenarios: readonly string[];
};

/** The kinds of wrong expectations that the passing cases allow to try. */
const NOTICED = [
  "a missing issue",
  "attempts",
  "elapsed",
  "launches",
  "results",
  "status",
  "steps",
  "the at of an issue",
  "the code of an issue",
  "the column of an issue",
  "the line of an issue",
  "the severity of an issue",
];

/** The cases with the paths of their files made absolute. */
function placed(one: IndexedCase): IndexedCase {
  const place = (name: string): string => path.resolve(folder, "cases", name);
  return {
    ...one,
    file: place(one.file),
    ...(one.files !== undefined && {
      files: Object.fromEntries(
        Object.entries(one.files).map(([written, name]) => [written, place(name)]),
      ),
    }),
  };
}

describe("the cases of the workflow language", () => {
  test("pass, except those of constructs that this version does not have", async () => {
    const played = await play(sandbox(), "--index", indexFile);
    const failed = played.filter(({ id, outcome }) => {
      return outcome !== "passed" && passing.cases.includes(id);
    });
    expect({ failed, count: played.length }).toEqual({ failed: [], count: 182 });
  });

  test("notice every wrong status, count, order, output and issue", async () => {
    const mutants = readIndex()
      .filter(({ id }) => passing.cases.includes(id))
      .flatMap((one) => mutantsOf(placed(one)));
    const named = mutants.map(({ key, case: one }, index) => ({
      key,
      case: { ...one, id: `${one.id} with a wrong ${key}, ${index}` },
    }));
    const at = sandbox();
    const file = path.join(at, "index.json");
    writeFileSync(file, JSON.stringify({ format: 1, cases: named.map((mutant) => mutant.case) }));
    const played = await play(at, "--index", file);
    expect({
      unnoticed: idsOf(played, "passed"),
      notPlayed: idsOf(played, "not_yet"),
      playedCount: played.length,
    }).toEqual({ unnoticed: [], notPlayed: [], playedCount: named.length });
    const keys = new Set(mutants.map(({ key }) => key));
    expect([...keys].toSorted()).toEqual(NOTICED);
  });
});

describe("the scenarios of translated workflows", () => {
  test("pass, except those of constructs that this version does not have", async () => {
    const played = await play(sandbox(), ...scenarioFiles());
    const failed = played.filter(({ id, outcome }) => {
      return outcome !== "passed" && passing.scenarios.includes(id);
    });
    expect({ failed, count: played.length }).toEqual({ failed: [], count: 17 });
  });
});
