import { describe, expect, test } from "vitest";
import {
  countParts,
  countsText,
  openQuestions,
  pendingPart,
  type RunFacts,
  RunView,
  runWord,
  sayingOfRow,
  sayingsOfRun,
  sayingText,
  stepSays,
  toneOf,
  waitText,
} from "../../src/index.js";
import {
  completed,
  type Fact,
  failed,
  journalOf,
  originOf,
  PREPARATION,
  started,
} from "../support/journal.js";

const GATE = {
  ...{ id: "approve", agentId: "@gate", task: "", dependencies: ["plan"] },
  gate: { ask: "Approve the plan?", form: { type: "object" } },
} as never;
const WORK = [{ id: "plan" }, GATE, { id: "build" }];
const LANGUAGE = { version: 1 };

function viewOf(...facts: readonly Fact[]): RunView {
  const origin = originOf(WORK);
  const definition = { ...origin.definition, language: LANGUAGE } as never;
  const view = new RunView({ ...origin, definition }, { artifact: () => undefined });
  for (const entry of journalOf(...PREPARATION, ...facts)) view.apply(entry);
  return view;
}

const facts = (more: Partial<RunFacts> = {}): RunFacts => ({
  ...{ runId: "run", status: "running", ownerState: "alive" },
  ...more,
});

const says = (run: RunFacts, view?: RunView): string[] =>
  sayingsOfRun(run, view).map((saying) => `${saying.tone} ${sayingText(saying)}`);

describe("sayingsOfRun", () => {
  test("names what the run waits for, then what has failed, then what it performs", () => {
    const view = viewOf(started("plan", "build"), completed("plan", 1, "done"));
    expect(says(facts(), view)).toEqual([
      "wait waits for approve: Approve the plan?",
      "run performs: build",
    ]);
    const broken = viewOf(
      started("plan", "build"),
      completed("plan", 1, "done"),
      failed("build", 1, "no compiler"),
    );
    expect(says(facts(), broken)).toEqual([
      "wait waits for approve: Approve the plan?",
      "fail build failed: no compiler",
    ]);
  });

  test("says that no process works on an orphaned run, which performs nothing", () => {
    const view = viewOf(started("plan"));
    expect(
      ["none", "gone", "expired", "elsewhere"].map((state) =>
        says(facts({ ownerState: state as never }), view),
      ),
    ).toEqual([
      ["wait no process works on it"],
      ["wait no process works on it"],
      ["wait no process works on it"],
      ["run performs: plan"],
    ]);
  });

  test("says only why a damaged run cannot be used", () => {
    const damage = "entry 91 does not match\nits hash";
    expect(says(facts({ damage }), viewOf(started("plan")))).toEqual([
      "fail damaged: entry 91 does not match its hash",
    ]);
  });

  test("says what the row of a run says if its journal is not read", () => {
    expect([
      says(facts({ status: "failed", error: "step `a` failed: no disk" })),
      says(facts({ status: "cancelled", error: "by ann" })),
      says(facts({ status: "completed" })),
      says(facts({ ownerState: "gone" })),
    ]).toEqual([
      ["fail a failed: no disk"],
      ["idle cancelled: by ann"],
      [],
      ["wait no process works on it"],
    ]);
  });
});

describe("sayingOfRow", () => {
  test("is the most urgent saying, or how many answers the run waits for", () => {
    const view = viewOf(started("plan", "build"), completed("plan", 1, "done"));
    const [question] = openQuestions(view);
    if (question === undefined) return expect.fail("no question");
    const inChild = { ...question, path: "audit.review" };
    const said = [[question], [question, inChild], []].map((questions) => {
      const saying = sayingOfRow(facts(), view, questions);
      return saying && sayingText(saying);
    });
    expect([...said, sayingOfRow(facts({ status: "completed" }), undefined)]).toEqual([
      "waits for approve: Approve the plan?",
      "waits for 2 answers: approve, audit.review",
      "performs: build",
      undefined,
    ]);
  });
});

describe("waitText", () => {
  test("counts down to the next attempt, or to the quota that it waits for", () => {
    expect([
      waitText({ retryAt: 5_000 }, 1_000),
      waitText({ retryAt: 5_000 }, 9_000),
      waitText({ retryAt: 7_200_000, detail: { scope: "anthropic" } as never }, 0),
      waitText({}, 0),
    ]).toEqual(["retries in 4s", "retries in 0s", "parked for 2h00m (anthropic)", "retries in 0s"]);
  });
});

describe("stepSays", () => {
  test("is the note, the result, the reason of a skip or the error, in the room that there is", () => {
    const step = (more: object): never => ({ id: "a", status: "completed", ...more }) as never;
    expect([
      stepSays(step({ note: "session of draft", result: 1 })),
      stepSays(step({ result: { files: [1, 2] } })),
      stepSays(step({ status: "skipped", because: ":condition" })),
      stepSays(step({ status: "failed", error: "program `x` exited with code 1: no disk" })),
      stepSays(step({ status: "failed", error: "one: two: three" }), { width: 9 }),
      stepSays(step({ status: "pending" })),
    ]).toEqual([
      "session of draft",
      '{"files":[1,2]}',
      "(condition)",
      "program `x` exited with code 1: no disk",
      "… three",
      "",
    ]);
  });
});

describe("runWord", () => {
  test("is the status, unless the journal is damaged or the process of a running run is gone", () => {
    expect([
      runWord(facts()),
      runWord(facts({ ownerState: "elsewhere" })),
      runWord(facts({ ownerState: "expired" })),
      runWord(facts({ status: "paused", ownerState: "none" })),
      runWord(facts({ status: "completed", damage: "lost" })),
    ]).toEqual(["running", "running", "orphaned", "paused", "damaged"]);
  });
});

describe("the counts of a run", () => {
  test("name each status that a step has, and those that have not begun", () => {
    const counts = viewOf(started("plan", "build"), completed("plan", 1, 1)).counts();
    expect([countsText(counts), pendingPart(counts)?.text, countParts(counts)[0]]).toEqual([
      "1 of 3 completed, 1 running, 1 open",
      undefined,
      { status: "completed", count: 1, text: "1 of 3 completed" },
    ]);
    expect(pendingPart(viewOf(started("plan")).counts())?.text).toBe("2 pending");
  });

  test("leave out a status that is not known", () => {
    expect(countsText({ total: 4, completed: 1, failed: 2, skipped: 0 })).toBe(
      "1 of 4 completed, 2 failed",
    );
  });
});

describe("toneOf", () => {
  test("groups the words of runs, steps and events", () => {
    expect(
      ["completed", "damaged", "running", "orphaned", "open", "unknown", "pending", "new"].map(
        toneOf,
      ),
    ).toEqual(["ok", "fail", "run", "wait", "wait", "unknown", "idle", "idle"]);
  });
});
