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
import { mutantsOf, mutantsOfScenario, type Scenario } from "./support/mutate-case.js";
import { sandbox } from "./support/sandbox.js";

/** The kinds of wrong expectations that the passing cases allow to try. */
const NOTICED = [
  "a missing issue",
  "attempts",
  "budget",
  "elapsed",
  "error",
  "files",
  "launches",
  "mostAtOnce",
  "no issues",
  "onlySteps",
  "order",
  "outputs",
  "reason",
  "results",
  "status",
  "stepErrors",
  "steps",
  "the at of an issue",
  "the code of an issue",
  "the column of an issue",
  "the line of an issue",
  "the severity of an issue",
  "waitsFor",
];

const NOTICED_IN_SCENARIOS = [
  "launches",
  "order",
  "outputs",
  "reason",
  "sessions",
  "status",
  "steps",
  "tasks",
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
    ...(one.do !== undefined && {
      do: one.do.map((action) =>
        action.amend === undefined ? action : { ...action, amend: place(action.amend) },
      ),
    }),
  };
}

describe("the cases of the workflow language", () => {
  test("pass", async () => {
    const played = await play(sandbox(), "--index", indexFile);
    const others = played.filter(({ outcome }) => outcome !== "passed");
    expect({ others, count: played.length }).toEqual({ others: [], count: 182 });
  });

  test("notice every wrong status, count, order, output and issue", async () => {
    const mutants = readIndex().flatMap((one) => mutantsOf(placed(one)));
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
  test("pass", async () => {
    const played = await play(sandbox(), ...scenarioFiles());
    const others = played.filter(({ outcome }) => outcome !== "passed");
    expect({ others, count: played.length }).toEqual({ others: [], count: 17 });
  });

  test("notice every wrong status, count, order, task and output", async () => {
    const at = sandbox();
    const keys = new Set<string>();
    const written = scenarioFiles().flatMap((file) => {
      const { workflow, ...rest } = JSON.parse(readFileSync(file, "utf8")) as Scenario;
      const scenario = { workflow: path.resolve(path.dirname(file), workflow), ...rest };
      return mutantsOfScenario(scenario).map((mutant, index) => {
        keys.add(mutant.key);
        const name = `${path.basename(file, ".expect.json")}-${mutant.key}-${index}.expect.json`;
        writeFileSync(path.join(at, name), JSON.stringify(mutant.scenario));
        return name;
      });
    });
    const played = await play(at, ".");
    expect({
      unnoticed: idsOf(played, "passed"),
      notPlayed: idsOf(played, "not_yet"),
      playedCount: played.length,
      keys: [...keys].toSorted(),
    }).toEqual({
      unnoticed: [],
      notPlayed: [],
      playedCount: written.length,
      keys: NOTICED_IN_SCENARIOS,
    });
  });
});
