import type { StepDef } from "@automatosx/rescript-core";
import { describe, expect, test } from "vitest";
import {
  explore,
  planOf,
  replay,
  runCoreSeed,
  SEEDS_PER_WAITING,
  settingOf,
  WAITING,
} from "../../src/core/index.js";

/** Seeds whose workflow has gates, waits, stops, checks, effects, handlers and budgets. */
const seeds = Array.from({ length: 300 }, (_, index) => SEEDS_PER_WAITING * index + WAITING);

const plans = seeds.map((seed) => settingOf(seed).plan);

describe("runs that wait, fail and pay", () => {
  test("break no promise", () => {
    const failures = seeds.flatMap((seed) => {
      const { failure } = runCoreSeed(seed);
      return failure === undefined ? [] : [{ seed, ...failure }];
    });
    expect(failures).toEqual([]);
  });

  test("accept every kind of fact, and refuse some of them", () => {
    const told = new Map<string, Set<boolean>>();
    for (const seed of seeds) {
      const { happened } = runCoreSeed(seed);
      replay(settingOf(seed), happened, {
        onEvent: ({ type }, accepted) =>
          told.set(type, (told.get(type) ?? new Set()).add(accepted)),
      });
    }
    const both = ["gate_answered", "signal_received", "pause_workflow", "execute_step_batch"];
    expect(both.filter((type) => told.get(type)?.size !== 2)).toEqual([]);
    const accepted = ["step_answered", "budget_changed", "steps_due", "restore_checkpoint"];
    expect(accepted.filter((type) => told.get(type)?.has(true) !== true)).toEqual([]);
  });

  test("pause for each reason and fail for each", () => {
    const seen = new Set<string>();
    for (const seed of seeds)
      replay(settingOf(seed), runCoreSeed(seed).happened, {
        onEvent: (event, accepted) => {
          if (!accepted) return;
          if (event.type === "pause_workflow") seen.add(`paused ${event.reason ?? "asked"}`);
          if (event.type === "workflow_failed") seen.add(`failed ${event.code}`);
          if (event.type === "step_failed") seen.add(event.reason);
        },
      });
    const wanted = [
      ...["paused asked", "paused waiting", "paused budget"],
      ...[
        "failed step_failed",
        "failed stopped",
        "failed handler_failed",
        "failed budget_exceeded",
      ],
      ...["error", "timeout", "interrupted", "invalid", "invalid_output"],
      ...["transient", "refused", "rate_limit", "unknown"],
    ];
    expect(wanted.filter((reason) => !seen.has(reason))).toEqual([]);
  });

  test("use every construct", () => {
    const text = JSON.stringify(
      plans.map(({ defs, handlers, policy }) => [defs, handlers, policy]),
    );
    const constructs = [
      ...['"gate":', '"expiresMs":', '"onReject":"continue"', '"forMs":', '"until":', '"signal":'],
      ...['"onTimeout":"skip"', '"stop":', '"session":', '"check":', '"id":"check-2"'],
      ...['"effect":"external"', '"reconcile":', '"fallback":', '"retryOn":', '"totalTimeout":'],
      ...['"reserve":', '"failure":', '"always":', '"usd":', '"tokens":', '"launches":'],
      ...['"unmetered":"pause"', '"action":"fail"', '"rate":', '"scope":"shared"'],
    ];
    expect(constructs.filter((construct) => !text.includes(construct))).toEqual([]);
  });
});

const judge: StepDef = {
  id: "check-1",
  name: "check-1",
  agentId: "x",
  task: "judge",
  dependencies: [],
  parallel: true,
  retries: 0,
  continueOnError: false,
};

describe("explore, with one step that waits, or handlers", () => {
  test.each<[string, Partial<StepDef>, number]>([
    [
      "a gate that expires",
      {
        agentId: "@gate",
        task: "",
        retries: 0,
        gate: {
          ask: "Go on?",
          form: { type: "object" },
          expiresMs: 1500,
          onExpire: "skip",
          onReject: "fail",
        },
      },
      1,
    ],
    ["a check by a step", { check: [{ step: judge }] }, 1],
    ["an external effect", { effect: "external" }, 1],
    ["a stop", { agentId: "@stop", task: "", retries: 0, stop: { as: "failed" } }, 1],
  ])("finds no broken promise for any answer at any time: %s", (_, fields, commands) => {
    const explored = [0, 1].map((at) =>
      explore(planOf([0, 1], { special: { at, fields } }), { budget: { commands: 0 } }),
    );
    const alone = explore(planOf([0], { special: { at: 0, fields } }), { budget: { commands } });
    const all = [...explored, alone];
    expect(all.flatMap(({ failure }) => (failure === undefined ? [] : [failure]))).toEqual([]);
    expect(all.every(({ endCount }) => endCount > 0)).toBe(true);
  });

  test("finds no broken promise when a run with handlers is cancelled, also twice", () => {
    const handlers = { failure: [{ ...judge, id: "report" }], always: [{ ...judge, id: "clean" }] };
    const explored = explore(planOf([0], { handlers }), { budget: { commands: 2, faults: 0 } });
    expect(explored.failure).toBeUndefined();
    expect(explored.endCount).toBeGreaterThan(10);
  });
});
