import { describe, expect, test } from "vitest";
import { decodeEvent, type RunOrigin } from "../../../run-view/src/decode-event.js";
import { Machine, type WorkflowEvent } from "../../src/core/workflow-state-machine.js";
import { encodeEvent } from "../../src/journal/encode-event.js";
import { referencedArtifacts } from "../../src/storage/referenced-artifacts.js";

const machine = Machine.make(0);
const LARGE = "x".repeat(300_000);
const FILE = { path: "a.txt", bytes: 1, sha256: "1".repeat(64), artifact: "2".repeat(64) };

const origin = { runId: "r", createdAt: 0, source: "", inputs: {}, context: {} };
const definition = { steps: [], name: "w", version: "1" };

/** Writes an event as a row, and reads it back. */
function roundTrip(event: WorkflowEvent): { payload: string; read: WorkflowEvent } {
  const { entry, artifact } = encodeEvent(event, machine, machine);
  const read = decodeEvent(
    { ...entry, runId: "r", seq: 1, at: 0 },
    machine,
    { ...origin, definition } as unknown as RunOrigin,
    {
      artifact: (sha256) =>
        artifact?.sha256 === sha256 ? (JSON.parse(artifact.content) as unknown) : undefined,
      checkpoint: () => undefined,
      definition: () => undefined,
    },
  );
  return { payload: entry.payload, read };
}

const attempt = { stepId: "build[a].b", attemptNumber: 2 };
const used = { usage: { usd: 0.5, tokens: 7 }, agent: "second", session: "s" };

describe("the row of a fact", () => {
  const events: WorkflowEvent[] = [
    { type: "step_completed", ...attempt, result: { a: 1 }, ...used },
    { type: "step_answered", ...attempt, result: "text", ...used },
    {
      ...{ type: "step_failed", ...attempt, error: "no", reason: "rate_limit", chance: 0.5 },
      ...{ usage: { tokens: 1 }, retryAt: 5, scope: "account" },
    },
    {
      ...{ type: "gate_answered", ...attempt, approved: false, values: { n: 1 } },
      ...{ by: "Ann", note: "too big" },
    },
    { type: "signal_received", name: "go", data: [1], signalId: "e1" },
    { type: "signal_received", name: "go", data: null },
    { type: "budget_changed", budget: { usd: 12, unmetered: "allow" }, by: "Ann" },
    { type: "cancel_workflow", reason: "enough" },
  ];

  test.each(events)("is read back as the $type that it was", (event) => {
    expect(roundTrip(event).read).toMatchObject(event);
  });

  test("refers to a large value by its hash, and to files", () => {
    const large: WorkflowEvent[] = [
      { type: "step_answered", ...attempt, result: LARGE },
      { type: "gate_answered", ...attempt, approved: true, values: { text: LARGE } },
      { type: "signal_received", name: "go", data: LARGE },
    ];
    for (const event of large) {
      const { payload, read } = roundTrip(event);
      expect([payload.slice(0, 13), payload.length < 300]).toEqual(['{"artifact":"', true]);
      expect(read).toEqual(event);
      expect(referencedArtifacts({ type: event.type, payload })).toHaveLength(1);
    }
    const { payload } = roundTrip({
      ...{ type: "gate_answered", ...attempt, approved: true, values: { done: true } },
      files: [FILE],
    });
    expect(referencedArtifacts({ type: "gate_answered", payload })).toEqual([FILE.artifact]);
  });

  test("of a version without the language has nothing more than before", () => {
    const { entry } = encodeEvent(
      { type: "step_completed", ...attempt, result: 1 },
      ...[machine, machine, "1", true],
    );
    expect(entry.payload).toBe('{"result":1}');
  });
});
