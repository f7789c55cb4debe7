import { signal } from "@preact/signals";
import { describe, expect, test } from "vitest";
import { RunStore } from "../../../src/page/client/RunStore.ts";
import type { RunHost } from "../../../src/page/client/run-host.ts";
import { firstStep } from "../../../src/page/run/first-step.ts";
import { costColumn, costText, sumOf } from "../../../src/page/run/steps/costs.ts";
import { barsOf, thinBarsOf, tookOf } from "../../../src/page/run/steps/row-bars.ts";
import { labelOf, wordsOfRest } from "../../../src/page/run/steps/row-words.ts";
import { StepList } from "../../../src/page/run/steps/StepList.ts";
import type { RowFilter } from "../../../src/page/run/steps/step-rows.ts";
import { timeScale } from "../../../src/page/run/steps/time-scale.ts";
import {
  completed,
  type Fact,
  failed,
  PREPARATION,
  sampleRow,
  sampleRun,
  started,
  viewOf,
  wireOf,
} from "../support/sample-run.ts";

const RETRY = { initialDelayMs: 5000, factor: 1, maxDelayMs: 5000, jitter: "none" } as const;
const gate = { ask: "Approve?", form: {}, onExpire: "reject", onReject: "fail" } as const;
const STEPS = [
  { id: "design" },
  { id: "approval", dependencies: ["design"], gate },
  {
    id: "build",
    dependencies: ["design"],
    foreach: { in: ["a", "b", "c", "d"], as: "item", concurrency: 4 },
    retries: 1,
    retry: RETRY,
  },
  { id: "report", dependencies: ["approval", "build"] },
];

const FACTS: readonly Fact[] = [
  ...PREPARATION,
  started("design"),
  completed("design", 1, { usage: { usd: 0.5 } }),
  started("build[a]", "build[b]", "build[c]", "build[d]"),
  completed("build[a]", 1, { usage: { usd: 0.25 } }),
  failed("build[b]"),
  completed("build[c]", 1),
];

async function listOf(
  facts: readonly Fact[],
  now: number,
  state: "alive" | "gone" = "alive",
): Promise<StepList> {
  const host = {
    ...{
      clock: signal(now),
      syncClock: () => {},
      task: () => Promise.resolve(),
      idle: () => Promise.resolve(),
    },
    frame: (callback: () => void) => callback(),
    send: () => Promise.resolve({ runId: "run" }),
  } as unknown as RunHost;
  const row = sampleRow({ owner: { pid: 7, host: "here", state } });
  const store = await RunStore.open(sampleRun(STEPS, wireOf(...facts), { row }), host);
  return new StepList(store, signal<RowFilter>("all"));
}

/** The second attempt at `build[b]`, as soon as it is due. */
const RETRIED: readonly Fact[] = [
  completed("build[d]", 1),
  ["create_checkpoint", {}],
  ["checkpoint_created", { checkpointId: "k" }],
  started("build[b]"),
  failed("build[b]", 2),
];

describe("StepList.shown", () => {
  test("says for each row what the step does, how long it took and what it cost", async () => {
    const list = await listOf(FACTS, 13_000);
    const rows = list.shown(0, list.rows.value.length);
    const said = rows.map(({ words, tookMs, cost }) => [words.sentence, tookMs, cost]);
    expect(said).toEqual([
      ["design, completed", 1000, "$0.50"],
      ["approval, open, Approve?", 6000, ""],
      ["build, 4 items, open, 2 of 4 items", 6000, "≥ $0.25"],
      ["b, waiting, retries in 2s", 2000, "unknown"],
      ["d, running", 5000, ""],
      ["2 more, completed", 4000, "≥ $0.25"],
      ["report, pending, waits for approval, build", undefined, ""],
    ]);
    expect(rows.map(({ words }) => [words.icon, words.tone])).toEqual([
      ["completed", "ok"],
      ["gate", "wait"],
      ["running", "run"],
      ["retry", "wait"],
      ["running", "run"],
      ["completed", "ok"],
      ["pending", "idle"],
    ]);
  });

  test("draws a bar for each attempt and each wait", async () => {
    const list = await listOf(FACTS, 13_000);
    const rows = list.shown(0, list.rows.value.length);
    expect(rows.map(({ row, bars }) => [row.path, bars.map(({ kind }) => kind).join()])).toEqual([
      ["design", "ok"],
      ["approval", "hold"],
      ["build", "around"],
      ["build[b]", "failed,hold"],
      ["build[d]", "run"],
      ["build", "ok,ok"],
      ["report", ""],
    ]);
    const running = rows[4]?.bars[0];
    const scale = list.scale.value;
    expect((running?.left ?? 0) + (running?.width ?? 0)).toBeCloseTo(scale.now ?? -1, 6);
  });

  test("ends the attempts of a process that is gone with its last entry", async () => {
    const list = await listOf(FACTS, 60_000, "gone");
    const running = list.shown(0, 9).find(({ row }) => row.path === "build[d]");
    expect(running?.words.said).toBe("interrupted");
    expect(running?.bars.map(({ kind }) => kind)).toEqual(["cut"]);
    expect(running?.tookMs).toBe(3000);
  });

  test("has no column of amounts if nothing was reported", async () => {
    const list = await listOf(FACTS.slice(0, 6), 7000);
    expect(list.column).toBeUndefined();
    expect(list.shown(0, 1).map(({ cost }) => cost)).toEqual([""]);
  });
});

describe("barsOf", () => {
  const scale = timeScale({ begin: 0, end: 20_000, hasEnded: true, busy: [[0, 20_000]] });
  const barsAfter = (stepId: string, now: number, ...more: readonly Fact[]) => {
    const view = viewOf(STEPS, ...FACTS, ...more);
    const step = view.step(stepId);
    if (step === undefined) throw new Error(stepId);
    return barsOf({ step, attempts: view.attempts(stepId) }, scale, now).map(
      ({ kind, left, width }) => [kind, left, width],
    );
  };

  test("marks the failures of a step, its waits, and the failure that is final", () => {
    expect(barsAfter("build[b]", 12_000)).toEqual([
      ["failed", 40, 10],
      ["hold", 50, 25],
    ]);
    expect(barsAfter("build[b]", 18_000, ...RETRIED)).toEqual([
      ["failed", 40, 10],
      ["queue", 50, 25],
      ["last-failed", 75, 5],
    ]);
  });

  test("draws nothing for a step that has not begun", () => {
    expect(barsAfter("report", 12_000)).toEqual([]);
  });
});

describe("thinBarsOf", () => {
  test("puts overlapping members into lanes, and others into the same one", () => {
    const scale = timeScale({ begin: 0, end: 10, hasEnded: true, busy: [[0, 10]] });
    const member = (id: string, startedAt: number, finishedAt: number) => ({
      step: { id, status: "completed" } as never,
      attempts: [
        { runId: "run", stepId: id, attemptNumber: 1, status: "completed", startedAt, finishedAt },
      ] as const,
    });
    const bars = thinBarsOf([member("a", 0, 4), member("b", 2, 6), member("c", 4, 8)], scale, 10);
    expect(bars.map(({ left, width, top }) => [left, width, top])).toEqual([
      [0, 40, 18],
      [20, 40, 31],
      [40, 40, 18],
    ]);
  });
});

describe("tookOf", () => {
  test("adds up the attempts of a step, and takes no time for a result of another run", () => {
    const view = viewOf(STEPS, ...FACTS);
    const took = (id: string): number | undefined => {
      const step = view.step(id);
      return step && tookOf({ step, attempts: view.attempts(id) }, 20_000);
    };
    expect([took("design"), took("build[b]"), took("build[d]"), took("report")]).toEqual([
      1000,
      2000,
      12_000,
      undefined,
    ]);
    const reused = { ...view.step("design"), detail: { reused: { runId: "x", seq: 1 } } } as never;
    expect(tookOf({ step: reused, attempts: [] }, 20_000)).toBe(0);
  });
});

describe("labelOf", () => {
  test("names the innermost part of a path", () => {
    expect(
      ["a", "g.a", "b[k.1#2]", "f#3", "f#3.test", "pay:check-1", ":failure.report"].map(labelOf),
    ).toEqual(["a", "a", "k.1#2", "round 3", "test", "check 1", "report"]);
  });
});

describe("wordsOfRest", () => {
  test("counts the statuses, the most frequent first", () => {
    const of = (...statuses: string[]) =>
      wordsOfRest(statuses.map((status) => ({ status }) as never));
    expect(of("pending", "completed", "completed").sentence).toBe("3 more, 2 completed, 1 pending");
    expect(of("pending", "pending")).toMatchObject({ label: "2 more", said: "pending" });
  });
});

describe("costs", () => {
  test("shows what is known, and says what is not", () => {
    expect(costColumn({ usd: false, tokens: true })).toBe("tokens");
    expect(costText({ tokens: 41_200, isAtLeast: false }, "tokens")).toBe("41.2k");
    expect(costText({ isAtLeast: true }, "usd")).toBe("unknown");
    expect(costText({ usd: 3, isAtLeast: true }, "usd")).toBe("≥ $3.00");
    expect(costText(undefined, "usd")).toBe("");
    expect(sumOf([undefined, undefined])).toBeUndefined();
    expect(
      sumOf([
        { usd: 1, isAtLeast: false },
        { tokens: 5, isAtLeast: true },
      ]),
    ).toEqual({
      ...{ usd: 1, tokens: 5, isAtLeast: true },
    });
  });
});

describe("firstStep", () => {
  test("is the failed step, else the open question, else what runs, else the last one", () => {
    const plain = [{ id: "a" }, { id: "b", dependencies: ["a"] }];
    expect(firstStep(viewOf(plain, ...PREPARATION, started("a"), failed("a")))).toBe("a");
    expect(firstStep(viewOf(STEPS, ...FACTS))).toBe("approval");
    expect(
      firstStep(viewOf(plain, ...PREPARATION, started("a"), completed("a"), started("b"))),
    ).toBe("b");
    expect(firstStep(viewOf(plain, ...PREPARATION))).toBe("a");
    expect(firstStep(viewOf(plain))).toBeUndefined();
  });
});
