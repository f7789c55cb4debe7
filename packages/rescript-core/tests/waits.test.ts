import { describe, expect, test } from "vitest";
import { Machine, RunQueries, type WorkflowMachine } from "../src/index.js";
import { fail, move, moveAll, preparing, restore, start, step } from "./support/machines.js";
import { answer, begun, gate, signal, wait } from "./support/waiting.js";

const statusOf = (machine: WorkflowMachine, stepId: string) =>
  RunQueries.step(machine, stepId)?.status;

/** The instant that a wait for this text is due, or its error. */
function instantOf(until: string): number | string | undefined {
  const { detail, error } = RunQueries.step(begun([wait("a", { until })]), "a") ?? {};
  return error ?? detail?.dueAt;
}

describe("a wait until an instant", () => {
  test.each([
    ["'2026-01-31T09:00:00Z'", Date.UTC(2026, 0, 31, 9)],
    ["'2026-01-31t09:00:00z'", Date.UTC(2026, 0, 31, 9)],
    ["'2026-01-31T09:00:00.250+02:00'", Date.UTC(2026, 0, 31, 7, 0, 0, 250)],
    ["'2024-02-29 00:00:00-00:30'", Date.UTC(2024, 1, 29, 0, 30)],
    ["1000 + 500", 1500],
  ])("reads %s", (until, at) => {
    expect(instantOf(until)).toBe(at);
  });

  test.each([
    "'2026-02-30T00:00:00Z'",
    "'2026-13-01T00:00:00Z'",
    "'2026-01-31T25:00:00Z'",
    "'2026-01-31T09:00:00'",
    "'2026-01-31'",
    "'tomorrow'",
    "''",
    "1e+300",
  ])("fails for %s, which is not an instant", (until) => {
    expect(instantOf(until)).toBe(
      `\`until\`: ${until.replaceAll("'", '"')} is not an instant; ` +
        'write a value such as "2026-01-31T09:00:00Z", or ms since 1970',
    );
  });

  test.each([
    ["true", "a boolean"],
    ["null", "null"],
    ["[1]", "a list of 1"],
  ])("fails for the value %s", (until, kind) => {
    expect(instantOf(until)).toBe(
      `\`until\`: the value must be an instant, as text or in ms since 1970, but it is ${kind}`,
    );
  });
});

describe("a sleep of no time", () => {
  test("is completed at once, with an attempt", () => {
    const machine = begun([wait("a", { forMs: 0 }), step("b", { dependencies: ["a"] })]);
    const { status, attemptNumber, result } = RunQueries.step(machine, "a") ?? {};
    expect([status, attemptNumber, result, statusOf(machine, "b")]).toEqual([
      ...["completed", 1, null, "ready"],
    ]);
  });
});

describe("the wait for a signal", () => {
  test("fails without an attempt if its name cannot be evaluated, or is empty", () => {
    const machine = begun([
      wait("a", { signal: "go-${{ inputs.none }}" }),
      wait("b", { signal: "${{ '' }}" }),
      wait("c", { signal: "go", form: { type: "shape" } }),
    ]);
    const errors = ["a", "b", "c"].map((id) => {
      const { attemptNumber, error } = RunQueries.step(machine, id) ?? {};
      return `${attemptNumber} ${error?.split(":")[0]}`;
    });
    expect(errors).toEqual(["0 `signal`", "0 `signal`", "0 `form`"]);
  });

  test("takes the oldest kept signal that fits its form, and leaves the others", () => {
    const machine = moveAll(
      begun([
        gate("first"),
        wait(
          "a",
          { signal: "go", form: { type: "object", required: ["n"] } },
          { dependencies: ["first"] },
        ),
      ]),
      [
        ...[signal("other", { n: 0 }), signal("go", "no map"), signal("go", { n: 1 })],
        ...[signal("go", { n: 2 }), answer("first")],
      ],
    );
    expect([RunQueries.result(machine, "a"), RunQueries.signals(machine)]).toEqual([
      { n: 1 },
      [
        { name: "other", data: { n: 0 } },
        { name: "go", data: "no map" },
        { name: "go", data: { n: 2 } },
      ],
    ]);
  });

  test("is served after those that have waited longer, also when the machine was loaded", () => {
    const steps = [
      gate("late"),
      wait("a", { signal: "go" }, { dependencies: ["late"] }),
      wait("b", { signal: "go" }),
      wait("c", { signal: "go" }),
    ];
    const waiting = move(begun(steps), answer("late"), 50);
    const loaded = Machine.fastForward(begun(steps), [
      JSON.parse(JSON.stringify(Machine.snapshot(waiting, undefined))),
    ]);
    const takers = [waiting, loaded].map((start) => {
      let machine = start;
      return [1, 2, 3].map((data) => {
        machine = move(machine, signal("go", data), 60);
        return ["a", "b", "c"].find((id) => RunQueries.result(machine, id) === data);
      });
    });
    expect(takers).toEqual([
      ["b", "c", "a"],
      ["b", "c", "a"],
    ]);
  });
});

describe("a loop on a wait", () => {
  test("counts a round whose signal expired as skipped: it is not failed, and gives null", () => {
    const machine = begun([
      wait(
        "poll",
        { signal: "go", timeoutMs: 100, onTimeout: "skip" },
        { loop: { max: 3, until: "steps.poll.output == 'ready'", onMax: "fail" } },
      ),
      wait("rest", { forMs: 900 }),
    ]);
    const next = move(machine, { type: "steps_due", stepIds: ["poll#1"] }, 100);
    const ended = move(next, signal("go", "ready"), 150);
    expect([
      ["poll#1", "poll#2"].map((id) => statusOf(next, id)),
      statusOf(ended, "poll"),
      RunQueries.result(ended, "poll"),
    ]).toEqual([["skipped", "open"], "completed", "ready"]);
  });
});

describe("the name of a signal in a handler", () => {
  test("may read how the run ends, also when the machine was loaded", () => {
    const steps = [step("a")];
    const handlers = { always: [wait("bye", { signal: "bye-${{ run.status }}" })] };
    const prepared = moveAll(Machine.make(0), [
      ...preparing(steps, {}, undefined, handlers),
      { type: "steps_scheduled" },
    ]);
    const waiting = moveAll(prepared, [start("a"), fail("a")]);
    const loaded = Machine.fastForward(
      moveAll(Machine.make(0), preparing(steps, {}, undefined, handlers)),
      [JSON.parse(JSON.stringify(Machine.snapshot(waiting, undefined)))],
    );
    const names = [waiting, loaded].map((machine) => [
      RunQueries.questions(machine).map((asked) => asked.signal),
      statusOf(move(machine, signal("bye-failed", 1)), ":always.bye"),
    ]);
    expect(names).toEqual([
      [["bye-failed"], "completed"],
      [["bye-failed"], "completed"],
    ]);
  });
});

describe("a signal", () => {
  test("goes to a step of the same name in another item or round by the order of entering", () => {
    const machine = moveAll(
      begun([
        step("f", {
          agentId: "@wait",
          task: "",
          foreach: { in: ["x", "y"], as: "item", concurrency: 1 },
          wait: { signal: "go" },
        }),
      ]),
      [signal("go", 1), signal("go", 2)],
    );
    expect(RunQueries.result(machine, "f")).toEqual([1, 2]);
  });

  test("is not given to a step that was cancelled or has expired", () => {
    const machine = begun([
      wait("a", { signal: "go", timeoutMs: 10, onTimeout: "skip" }),
      wait("b", { signal: "go" }),
    ]);
    const expired = moveAll(move(machine, { type: "pause_workflow" }), []);
    const later = move(expired, { type: "resume_workflow" }, 20);
    const due = move(later, { type: "steps_due", stepIds: ["a"] }, 20);
    const sent = move(due, signal("go", 7), 30);
    expect([statusOf(sent, "a"), RunQueries.result(sent, "b")]).toEqual(["skipped", 7]);
  });

  test("and its id are kept when the run is restored", () => {
    const machine = moveAll(begun([gate("g"), wait("a", { signal: "go" })]), [
      ...[signal("other", 1, "x"), signal("go", 2, "y"), { type: "pause_workflow" } as const],
      ...[restore(), { type: "checkpoint_restored" } as const],
    ]);
    const again = Machine.transition(machine, signal("go", 2, "y"), 0);
    expect([
      RunQueries.signals(machine),
      statusOf(machine, "a"),
      again.ok ? "accepted" : again.reason,
    ]).toEqual([[{ name: "other", data: 1, signalId: "x" }], "open", "duplicate_signal"]);
  });
});

describe("RunQueries.signalProblem", () => {
  test("names what does not fit the form of the step that would take the signal", () => {
    const machine = begun([
      wait("a", { signal: "go", form: { type: "object", required: ["url"] } }),
    ]);
    expect(
      [
        { name: "go", data: {} },
        { name: "go", data: { url: "x" } },
        { name: "other", data: 7 },
      ].map((sent) => RunQueries.signalProblem(machine, sent)),
    ).toEqual(["$.url is missing", undefined, undefined]);
  });
});

describe("RunQueries.why", () => {
  test("says what an open gate or wait waits for, and until when", () => {
    const machine = begun([
      gate("a", { expiresMs: 100 }),
      wait("b", { signal: "go-${{ workflow.id }}" }),
      wait("c", { forMs: 300 }),
      step("d", { dependencies: ["a", "b", "c"] }),
    ]);
    expect(["b", "c", "d"].map((id) => RunQueries.why(machine, id))).toEqual([
      [{ type: "signal", stepId: "b", signal: "go-flow" }],
      [{ type: "timer", stepId: "c", dueAt: 300 }],
      [
        { type: "dependencies", stepId: "d", waitsFor: ["a", "b", "c"] },
        { type: "gate", stepId: "a", ask: "a?", dueAt: 100 },
      ],
    ]);
  });

  test("says that a step expired, as `skippedBecause` does", () => {
    const machine = move(
      begun([gate("a", { expiresMs: 100, onExpire: "skip" }), wait("b", { forMs: 900 })]),
      { type: "steps_due", stepIds: ["a"] },
      100,
    );
    expect([
      RunQueries.why(machine, "a"),
      RunQueries.skippedBecause(machine, "a", undefined),
    ]).toEqual([[{ type: "expired", stepId: "a" }], ":expired"]);
  });
});
