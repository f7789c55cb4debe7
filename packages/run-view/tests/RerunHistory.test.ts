import type { JournalEntry } from "@automatosx/schemas";
import { describe, expect, test } from "vitest";
import { RerunHistory } from "../src/RerunHistory.js";

type Written = Pick<JournalEntry, "type"> & Partial<JournalEntry>;

function historyOf(...entries: readonly Written[]): RerunHistory {
  const history = new RerunHistory();
  for (const [index, entry] of entries.entries())
    history.add({
      runId: "r",
      seq: index + 1,
      at: 10 * (index + 1),
      payload: "{}",
      ...entry,
    });
  return history;
}

describe("RerunHistory", () => {
  test("has the entries with which a run went back, with the step, who and why", () => {
    const edit = {
      stepId: "a",
      attemptNumber: 2,
      payload: '{"result":1,"by":"ann","note":"typo"}',
    };
    expect(
      historyOf(
        { type: "initiate_workflow" },
        { type: "result_edited", ...edit },
        { type: "steps_reopened", payload: '{"stepIds":["a"],"downstream":false}' },
        { type: "definition_changed", payload: '{"by":"bob"}' },
      ).all,
    ).toEqual([
      ...[
        {
          type: "result_edited",
          seq: 2,
          at: 20,
          stepId: "a",
          attemptNumber: 2,
          by: "ann",
          note: "typo",
        },
      ],
      { type: "steps_reopened", seq: 3, at: 30 },
      { type: "definition_changed", seq: 4, at: 40, by: "bob" },
    ]);
  });

  test("takes the step of an edited result without an attempt from its payload", () => {
    const payload = '{"stepId":"a","attemptNumber":0,"result":1}';
    expect(historyOf({ type: "result_edited", payload }).all).toEqual([
      { type: "result_edited", seq: 1, at: 10, stepId: "a", attemptNumber: 0 },
    ]);
  });

  test("has the answers that replace a result, and no others", () => {
    const answer = { type: "gate_answered", stepId: "g", attemptNumber: 1 } as const;
    const { all } = historyOf(
      { ...answer, payload: '{"approved":true,"values":{"edits":1}}' },
      { ...answer, payload: '{"approved":true,"values":{},"edits":1}' },
      { ...answer, payload: '{"approved":true,"values":{},"editsArtifact":"abc"}' },
    );
    expect(all.map(({ seq, stepId }) => [seq, stepId])).toEqual([
      [2, "g"],
      [3, "g"],
    ]);
  });

  test("adds no entry twice", () => {
    const history = new RerunHistory();
    const entry = {
      runId: "r",
      seq: 5,
      at: 1,
      type: "steps_reopened",
      payload: "{}",
    } as const;
    history.add(entry);
    history.add(entry);
    expect(history.all.length).toBe(1);
  });
});
