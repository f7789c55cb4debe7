import { describe, expect, test } from "vitest";
import { RunView } from "../src/index.js";
import { failed, journalOf, originOf, PREPARATION, started } from "./support/journal.js";

const origin = originOf([
  { id: "a", continueOnError: true },
  { id: "b", dependencies: ["a"] },
]);

/** The steps of a run whose steps both failed and whose journal then resumes it in this way. */
function resumed(restore: object): readonly string[] {
  const view = new RunView(origin, { artifact: () => undefined });
  const journal = journalOf(
    ...PREPARATION,
    started("a"),
    failed("a", 1, "a broke"),
    started("b"),
    failed("b", 1, "b broke"),
    ["workflow_failed", { error: "b broke" }],
    ["restore_checkpoint", { checkpointId: "run@failed", completed: [], ...restore }],
  );
  for (const entry of journal) view.apply(entry);
  return view.steps().map(({ status, error = "no error" }) => `${status}: ${error}`);
}

describe("a resumed run whose step failed with continueOnError", () => {
  test("keeps the failure if its journal entry lists it", () => {
    expect(resumed({ tolerated: { a: "a broke" } })).toEqual([
      "failed: a broke",
      "ready: no error",
    ]);
  });

  test("starts the step again if its journal entry does not list it", () => {
    expect(resumed({})).toEqual(["ready: no error", "pending: no error"]);
  });
});
