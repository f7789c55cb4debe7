import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import {
  openSqliteStorage,
  placeInDefinition,
  prepareWorkflowFile,
  WorkflowError,
} from "@automatosx/workflow";
import { RunReader } from "@automatosx/workflow/observe";
import { RunView } from "@automatosx/workflow/run-view";
import { describe, expect, test } from "vitest";
import type { Case } from "../../src/test-files/Case.js";
import { readCases } from "../../src/test-files/read-cases.js";
import { Stage } from "../../src/test-files/Stage.js";

const folder = fileURLToPath(new URL("../../../acceptance/data/language/", import.meta.url));
const index = `${folder}cases/index.json`;
const read = readCases(readFileSync(index, "utf8"), index, "index");
if (!read.ok) throw new Error("the cases cannot be read");
const played = read.cases.filter(({ issues }) => issues === undefined);

type Entry = Parameters<RunView["fold"]>[0];

/** The status of a run and of each of its steps after these entries. */
function statusesAfter(entries: readonly Entry[], { view }: RunReader): readonly string[] {
  const folded = new RunView(view.origin, { artifact: () => null });
  try {
    for (const entry of entries) folded.fold(entry);
  } catch (error) {
    // What follows from another result may refuse an entry of the journal.
    return [String(error)];
  }
  return [folded.status, ...folded.steps().map(({ id, status }) => `${id} ${status}`)];
}

/** The entry without its result, if that of the step is to be replaced. */
function replacing(entry: Entry, isReplaced: (place: string) => boolean): Entry {
  const { type, stepId = "", payload } = entry;
  if (type !== "step_completed" && type !== "step_answered") return entry;
  if (!isReplaced(placeInDefinition(stepId))) return entry;
  const known = JSON.parse(payload) as { readonly result?: unknown };
  // A run that goes back compares results, so equal ones must stay equal.
  const sha256 = createHash("sha256").update(JSON.stringify(known.result)).digest("hex");
  const result = { $result: { sha256, bytes: 1 } };
  return { ...entry, payload: JSON.stringify({ ...known, result }) };
}

/** Plays a case, and returns the journal of its run. */
async function journalOf(one: Case) {
  const storage = openSqliteStorage({ path: ":memory:" });
  using stage = new Stage(one, tmpdir(), storage);
  const workflow = prepareWorkflowFile(stage.placed(one.workflow));
  for (const action of one.actions)
    try {
      await stage.perform(action, workflow);
    } catch (error) {
      if (!(error instanceof WorkflowError) || action.refused === undefined) throw error;
    }
  const reader = RunReader.open(storage, "test");
  return { entries: [...storage.readJournal("test", 0)], reader, workflow };
}

describe("the results that decide nothing", () => {
  test.each(played.map((one) => [one.id, one] as const))(
    "of %s may be replaced without a change of any status",
    { timeout: 60_000 },
    async (_, one) => {
      const { entries, reader, workflow } = await journalOf(one);
      const replaced = entries.map((each) =>
        replacing(each, (place) => !workflow.decidingResults.has(place)),
      );
      expect(statusesAfter(replaced, reader)).toEqual(statusesAfter(entries, reader));
    },
  );
});

describe("the results that decide", () => {
  const deciding = [
    "if-01-true-and-false",
    "loop-01-until",
    "loop-04-previous",
    "session-05-items-in-rounds",
    "check-03-judge",
    "effect-03-reconcile",
    "all-01-the-whole-language",
  ];
  test.each(deciding)("of %s may not be replaced", { timeout: 60_000 }, async (id) => {
    const one = played.find((each) => each.id === id);
    if (one === undefined) throw new Error(`there is no case ${id}`);
    const { entries, reader } = await journalOf(one);
    const replaced = entries.map((each) => replacing(each, () => true));
    expect(statusesAfter(replaced, reader)).not.toEqual(statusesAfter(entries, reader));
  });
});
