import { describe, expect, test } from "vitest";
import type { RunActions } from "../../../src/api/run.schema.ts";
import { ApiProblem } from "../../../src/page/client/call.ts";
import { runNotes } from "../../../src/page/run/head/run-notes.ts";
import { askedText, verbButtons } from "../../../src/page/run/head/run-verbs.ts";
import {
  completed,
  type Fact,
  failed,
  PREPARATION,
  started,
  viewOf,
} from "../support/sample-run.ts";

const gate = { ask: "Approve?", form: {}, onExpire: "reject", onReject: "fail" } as const;
const STEPS = [{ id: "approval", gate }, { id: "a" }, { id: "b", dependencies: ["a"] }];
const facts = { runId: "run", status: "running", ownerState: "alive" } as const;

function notesOf(
  view: ReturnType<typeof viewOf>,
  more: Partial<Parameters<typeof runNotes>[0]> = {},
) {
  return runNotes({
    facts,
    view,
    steps: () => view.steps(),
    isQuarantined: false,
    isPast: false,
    ...more,
  });
}

const OPEN: readonly Fact[] = [...PREPARATION, started("a"), failed("a")];

describe("runNotes", () => {
  test("offers to answer an open question, and to show what has failed", () => {
    expect(notesOf(viewOf(STEPS, ...OPEN))).toEqual([
      {
        ...{ tone: "wait", head: "waits for approval", text: "Approve?", stepId: "approval" },
        ...{ shows: "approval", answers: "run~approval~1" },
      },
      { tone: "fail", head: "a failed", text: "broken", stepId: "a", shows: "a" },
    ]);
  });

  test("offers nothing but to show a step while an earlier event is shown", () => {
    const notes = notesOf(viewOf(STEPS, ...OPEN), { isPast: true, isQuarantined: true });
    expect(notes.map(({ shows, answers, verb }) => [shows, answers, verb])).toEqual([
      ["approval", undefined, undefined],
      ["a", undefined, undefined],
    ]);
  });

  test("offers to resume a run without a process, and one that a person paused", () => {
    const plain = [{ id: "a" }];
    const running = viewOf(plain, ...PREPARATION, started("a"));
    const gone = notesOf(running, { facts: { ...facts, ownerState: "gone" } });
    expect(gone).toEqual([
      { tone: "wait", head: "no process works on it", text: "", verb: "resume" },
    ]);
    const paused = viewOf(plain, ...PREPARATION, ["pause_workflow", {}]);
    const status = { ...facts, status: "paused", ownerState: "none" } as const;
    expect(notesOf(paused, { facts: status })).toEqual([
      { tone: "wait", head: "paused", text: "a person paused it", verb: "resume" },
    ]);
  });

  test("says first that a run is set aside, and only that a damaged one is damaged", () => {
    const view = viewOf([{ id: "a" }], ...PREPARATION, started("a"));
    const [first] = notesOf(view, { isQuarantined: true });
    expect([first?.head, first?.verb]).toEqual(["set aside", "resume"]);
    const damaged = notesOf(view, { facts: { ...facts, damage: "entry 5 is torn." } });
    expect(damaged).toEqual([
      {
        ...{ tone: "fail", head: "damaged", text: "entry 5 is torn. What is before it is shown." },
        command: "axw doctor --verify",
      },
    ]);
  });

  test("has no note for a run that just runs, or has completed", () => {
    expect(notesOf(viewOf([{ id: "a" }], ...PREPARATION, started("a")))).toEqual([]);
    const done = viewOf(
      [{ id: "a" }],
      ...[...PREPARATION, started("a"), completed("a")],
      ["all_steps_completed"],
      ["results_aggregated"],
      ["complete_workflow"],
    );
    expect(done.status).toBe("completed");
    expect(notesOf(done, { facts: { ...facts, status: "completed" } })).toEqual([]);
  });
});

describe("verbButtons", () => {
  const can = (verb: string) => ({ can: true, command: `axw ${verb} run` });
  const actions = Object.fromEntries(
    ["pause", "cancel", "checkpoint", "resume", "retry", "restore", "fork"].map((verb) => [
      verb,
      can(verb),
    ]),
  ) as RunActions;
  const free = { isPast: false, isDisconnected: false };

  test("has the buttons that the status asks for, and every other verb in the menu", () => {
    const shown = (status: Parameters<typeof verbButtons>[0], isOrphaned = false) => {
      const { buttons, menu } = verbButtons(status, isOrphaned, actions, free);
      expect(buttons.length + menu.length).toBe(7);
      return buttons.map(({ verb }) => verb).join(" ");
    };
    expect(shown("running")).toBe("checkpoint pause cancel");
    expect(shown("running", true)).toBe("checkpoint resume cancel");
    expect(shown("paused")).toBe("checkpoint resume cancel");
    expect(shown("failed")).toBe("fork retry");
    expect(shown("completed")).toBe("fork");
  });

  test("allows nothing in the past or without the server, and says why", () => {
    const because = (hindrance: typeof free): (string | undefined)[] =>
      verbButtons("running", false, actions, hindrance).buttons.map(({ action }) =>
        action.can ? undefined : action.because,
      );
    expect(because(free)).toEqual([undefined, undefined, undefined]);
    expect(new Set(because({ ...free, isPast: true }))).toEqual(
      new Set(["An earlier event is shown. Go back to now first."]),
    );
    expect(new Set(because({ ...free, isDisconnected: true }))).toEqual(
      new Set(["The server does not answer at present."]),
    );
  });
});

describe("askedText", () => {
  test("says what became of a command", () => {
    const problem = new ApiProblem(409, { code: "event_refused", message: "It has ended." });
    const text = (state: Parameters<typeof askedText>[0]["state"], owner?: { pid: number }) =>
      askedText({ verb: "cancel", state, problem }, owner);
    expect(text("asked")).toBe("Cancel: asked");
    expect(text("done")).toBe("Cancel: done");
    expect(text("silent", { pid: 48213 })).toBe("Cancel: no answer from process 48213");
    expect(text("silent")).toBe("Cancel: no process answers");
    expect(text("refused")).toBe("Cancel: It has ended.");
  });
});
