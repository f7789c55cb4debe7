import { describe, expect, test } from "vitest";
import type { Gate, GateAnswerBody, GateAnswered, GateRow } from "../../../src/api/gate.schema.js";
import { ApiProblem } from "../../../src/page/client/call.js";
import { GateAnswering } from "../../../src/page/gates/GateAnswering.js";
import { formFor, noteOf } from "../../../src/page/gates/gate-form.js";
import {
  answerText,
  expiryLong,
  expiryShort,
  gateLook,
  noteHint,
} from "../../../src/page/gates/gate-words.js";

const HOUR = 3_600_000;
const NOON = new Date(2026, 10, 30, 12, 0).getTime();

const ROW: GateRow = {
  ...{ id: "r~ask~1", kind: "gate", runId: "r", workflowId: "w", step: "ask", ask: "Go?" },
  ...{ openedAt: NOON - HOUR, holdsRun: true, answer: null, command: "axw approve r ask" },
};

const FORM = {
  type: "object",
  required: ["risk", "days"],
  additionalProperties: false,
  properties: {
    risk: { enum: ["low", "high"] },
    days: { type: "integer", minimum: 1, maximum: 365 },
    note: { type: "string" },
  },
};

const GATE: Gate = {
  ...{ now: NOON, gate: ROW, to: [], shownBytes: 0, previous: null, form: FORM, revision: 1 },
  ...{ editable: { step: "design", value: { table: "users" } }, consequences: [], meanwhile: [] },
};

const ANSWERED: GateAnswered = {
  ...{ by: "anna", at: NOON, resumed: { isResumed: true, command: "axw resume r" } },
};

/** Sends nothing; keeps what would be sent. */
function sending(answer: () => Promise<GateAnswered> = async () => ANSWERED) {
  const sent: GateAnswerBody[] = [];
  const send = (_: string, body: GateAnswerBody): Promise<GateAnswered> => {
    sent.push(body);
    return answer();
  };
  return { sent, send };
}

describe("GateAnswering", () => {
  test("sends the values of the form with the note and the attempt that asks", async () => {
    const { sent, send } = sending();
    const answering = new GateAnswering(GATE, send);
    answering.form.value?.change("/risk", "low");
    answering.form.value?.change("/days", "30");
    answering.note.value = "  fine ";
    expect(answering.problemCount).toBe(0);
    await answering.answer("approve");
    expect(sent).toEqual([
      { decision: "approve", revision: 1, note: "fine", values: { risk: "low", days: 30 } },
    ]);
    expect(answering.outcome.value).toEqual({
      ...{ is: "recorded", decision: "approve", answer: ANSWERED },
    });
    await answering.answer("reject");
    expect(sent.length).toBe(1);
  });

  test("locks the form while an answer is on its way, and sends no second one", async () => {
    const arrival = Promise.withResolvers<GateAnswered>();
    const { sent, send } = sending(() => arrival.promise);
    const answering = new GateAnswering(GATE, send);
    const first = answering.answer("reject");
    const second = answering.answer("approve");
    expect([answering.isOpen, answering.form.value?.isLocked.value]).toEqual([false, true]);
    arrival.resolve(ANSWERED);
    await Promise.all([first, second]);
    expect(sent).toEqual([{ decision: "reject", revision: 1 }]);
    expect(answering.form.value?.isLocked.value).toBe(false);
  });

  test("keeps what was typed when another answer was first, and says whose", async () => {
    const answer = { decision: "rejected", by: "bert", at: NOON };
    const { send } = sending(async () => {
      throw new ApiProblem(409, { code: "gate_answered", message: "Answered.", answer });
    });
    const answering = new GateAnswering(GATE, send);
    answering.form.value?.change("/days", "12");
    await answering.answer("approve");
    expect(answering.outcome.value).toEqual({ is: "answered_elsewhere", answer });
    expect(answering.form.value?.input("/days")).toBe("12");
    expect(answering.isOpen).toBe(false);
  });

  test("puts the problems that the server names at their fields, and can be sent again", async () => {
    let isRefused = true;
    const { sent, send } = sending(async () => {
      if (!isRefused) return ANSWERED;
      throw new ApiProblem(422, {
        code: "invalid_answer",
        message: "The answer does not fit.",
        issues: [{ pointer: "/days", message: "must be at most 365; it is 400" }],
      });
    });
    const answering = new GateAnswering(GATE, send);
    answering.form.value?.change("/risk", "low");
    answering.form.value?.change("/days", "30");
    await answering.answer("approve");
    expect(answering.form.value?.problemAt("/days")).toBe("must be at most 365; it is 400");
    isRefused = false;
    await answering.answer("approve");
    expect([sent.length, answering.outcome.value.is]).toEqual([2, "recorded"]);
  });

  test("notices an answer that arrives while the form is open, but not its own", async () => {
    const answer = { decision: "approved", by: "bert", at: NOON };
    const open = new GateAnswering(GATE, sending().send);
    open.seeAnswer(answer);
    expect(open.outcome.value).toEqual({ is: "answered_elsewhere", answer });
    const own = new GateAnswering(GATE, sending().send);
    await own.answer("reject");
    own.seeAnswer(answer);
    expect(own.outcome.value.is).toBe("recorded");
  });

  test("shows the values as JSON and back without losing them", () => {
    const answering = new GateAnswering(GATE, sending().send);
    answering.form.value?.change("/risk", "high");
    answering.showAsJson(true);
    expect(answering.form.value?.input("")).toBe('{\n  "risk": "high"\n}');
    answering.form.value?.change("", '{"risk": "low", "days": 3}');
    answering.showAsJson(false);
    expect(answering.form.value?.value.value).toEqual({ risk: "low", days: 3 });
  });

  test("sends an edited result with the approval", async () => {
    const { sent, send } = sending();
    const answering = new GateAnswering(GATE, send);
    answering.editResult(true);
    answering.edit.value?.change("", '{"table": "people"}');
    await answering.answer("edit");
    expect(sent[0]).toMatchObject({ decision: "edit", edits: { table: "people" } });
    answering.editResult(false);
    expect(answering.edit.value).toBeUndefined();
  });

  test("edits a result that is a text as a text", async () => {
    const { sent, send } = sending();
    const answering = new GateAnswering(
      { ...GATE, editable: { step: "design", value: "draft" } },
      send,
    );
    answering.editResult(true);
    expect(answering.edit.value?.input("/text")).toBe("draft");
    answering.edit.value?.change("/text", "final");
    await answering.answer("edit");
    expect(sent[0]).toMatchObject({ edits: "final" });
  });

  test("sends the result of a step of unknown outcome, and none if none is given", async () => {
    const unknown: Gate = { ...GATE, gate: { ...ROW, kind: "unknown" }, form: undefined };
    for (const [typed, body] of [
      ["", { decision: "done", revision: 1 }],
      ['{"id": 7}', { decision: "done", revision: 1, result: { id: 7 } }],
    ] as const) {
      const { sent, send } = sending();
      const answering = new GateAnswering(unknown, send);
      answering.form.value?.change("/value", typed);
      await answering.answer("done");
      expect(sent).toEqual([body]);
    }
  });

  test("lets a defect of the page through", async () => {
    const { send } = sending(async () => {
      throw new TypeError("defect");
    });
    const answering = new GateAnswering(GATE, send);
    await expect(answering.answer("reject")).rejects.toThrow("defect");
  });
});

describe("the form of a question", () => {
  test("leaves a note to the note that every answer has", () => {
    expect(Object.keys(formFor(GATE)?.["properties"] ?? {})).toEqual(["risk", "days"]);
    expect(noteOf(GATE)).toEqual({ limit: 4096 });
  });

  test("keeps a note that must be given", () => {
    const form = { ...FORM, required: ["note"] };
    expect(Object.keys(formFor({ ...GATE, form })?.["properties"] ?? {})).toContain("note");
  });

  test("is absent for a gate that asks for a note alone, and for a budget without a limit", () => {
    const form = { type: "object", properties: { note: { type: "string" } } };
    expect(formFor({ ...GATE, form })).toBeUndefined();
    const budget = { ...GATE, gate: { ...ROW, kind: "budget" as const } };
    expect(formFor({ ...budget, form: { type: "object", properties: {} } })).toBeUndefined();
    expect(noteOf(budget)).toBeUndefined();
  });
});

describe("the words of a question", () => {
  const row = (changes: Partial<GateRow>): GateRow => ({ ...ROW, ...changes });

  test("say when it expires, and what happens then", () => {
    const soon = row({ dueAt: NOON + 2 * HOUR, expiry: "rejects itself" });
    expect([expiryShort(soon, NOON), expiryLong(soon, NOON)]).toEqual([
      "rejects in 2h00m",
      "rejects itself at 14:00",
    ]);
    const tomorrow = row({ dueAt: NOON + 24 * HOUR, expiry: "is skipped" });
    expect(expiryLong(tomorrow, NOON)).toBe("is skipped tomorrow at 12:00");
    const late = row({ dueAt: NOON - 1 });
    expect(expiryShort(late, NOON)).toBe("expires now");
    expect([expiryShort(ROW, NOON), expiryLong(ROW, NOON)]).toEqual([
      "does not expire",
      "does not expire",
    ]);
    expect(expiryLong(row({ dueAt: NOON + 72 * HOUR }), NOON)).toBe("expires on 3 Dec at 12:00");
  });

  test("say what it waits for, or how it was answered", () => {
    const answer = { decision: "rejected", by: "anna", at: NOON };
    expect([
      gateLook(ROW).word,
      gateLook(row({ kind: "unknown" })).word,
      gateLook(row({ answer })),
      gateLook(row({ answer: { decision: "approved", at: NOON } })).tone,
    ]).toEqual([
      "waits for you",
      "unknown outcome",
      { icon: "cancelled", tone: "idle", word: "rejected" },
      "ok",
    ]);
    expect(answerText(answer, NOON + HOUR)).toBe("rejected by anna at 12:00");
    expect(answerText({ decision: "expired", at: NOON - 48 * HOUR }, NOON)).toBe(
      "expired on 28 Nov at 12:00",
    );
  });
});

describe("noteHint", () => {
  test("says that the note of a rejection is its reason", () => {
    expect([noteHint("gate", 1200, 4096), noteHint("unknown", 0, 4096)]).toEqual([
      "1,200 of 4,096 characters; kept with the run; if you reject, it is the reason",
      "0 of 4,096 characters; kept with the run",
    ]);
  });
});
