import type { JournalEntry } from "@automatosx/schemas";
import { expect, test } from "vitest";
import { RunView } from "../src/index.js";
import { completed, failed, journalOf, originOf, PREPARATION, started } from "./support/journal.js";

const RETRY = { initialDelayMs: 100, factor: 1, maxDelayMs: 100, jitter: "none" } as const;
const origin = originOf([
  { id: "a" },
  { id: "b", dependencies: ["a"], retries: 1, retry: RETRY },
  { id: "c", dependencies: ["a"], continueOnError: true },
]);
const journal = journalOf(
  ...PREPARATION,
  started("a"),
  completed("a", 1, 1),
  started("b", "c"),
  failed("b", 1, "flaky"),
  failed("c", 1, "broken"),
  ["create_checkpoint", {}],
  ["checkpoint_created", { checkpointId: "k" }],
  ["pause_workflow", {}],
  ["resume_workflow", {}],
);

function viewOf(entries: readonly JournalEntry[]): RunView {
  const view = new RunView(origin, { artifact: () => undefined });
  for (const entry of entries) view.fold(entry);
  return view;
}

const shown = (view: RunView) => ({
  seq: view.seq,
  at: view.at,
  state: view.state,
  steps: view.steps(),
  counts: view.counts(),
  attempts: ["a", "b", "c"].map((id) => view.attempts(id)),
  time: view.timeSpent(1000),
  reruns: view.reruns(),
  checkpoints: view.checkpoints(),
});

test("RunView.copy: a copy made at any entry ends as the view does, and changes it in nothing", () => {
  const whole = shown(viewOf(journal));
  for (let seq = 0; seq <= journal.length; seq += 1) {
    const view = viewOf(journal.slice(0, seq));
    const before = shown(view);
    const copy = view.copy();
    for (const entry of journal.slice(seq)) copy.fold(entry);
    expect(shown(copy)).toEqual(whole);
    expect(shown(view)).toEqual(before);
    expect(shown(view.copy())).toEqual(before);
  }
});

test("RunView.copy: a copy restores a checkpoint that the view saw created", () => {
  const paused = journal.slice(0, -1);
  const copy = viewOf(paused).copy();
  const restored = {
    ...{ runId: "run", seq: paused.length + 1, type: "restore_checkpoint", at: 1000 },
    payload: JSON.stringify({ checkpointId: "k", completed: ["a"], tolerated: { c: "broken" } }),
  };
  expect(copy.fold(restored).event.type).toBe("restore_checkpoint");
  expect(copy.attempts("b").map(({ status }) => status)).toEqual(["failed"]);
});
