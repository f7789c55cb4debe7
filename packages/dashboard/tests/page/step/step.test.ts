import type { RunView, StepInfo } from "@automatosx/run-view";
import type { StepAttempt } from "@automatosx/schemas";
import { describe, expect, test } from "vitest";
import { gateId, readGateId } from "../../../src/api/gate-id.js";
import { attemptRows } from "../../../src/page/step/attempt-rows.js";
import { byteText } from "../../../src/page/step/byte-text.js";
import { neighbour, readSelection } from "../../../src/page/step/selection.js";
import { stepFacts } from "../../../src/page/step/step-facts.js";
import { stepLabel } from "../../../src/page/step/step-label.js";

const AGENT_STEP: StepInfo = {
  ...{ id: "build", name: "build", agentId: "coder", task: "Build.", dependencies: [] },
  ...{ parallel: true, retries: 2, continueOnError: false, status: "running" },
  ...{ attemptNumber: 2, failureCount: 1, timeout: 60_000, effect: "external" },
};

const ATTEMPTS: readonly StepAttempt[] = [
  {
    ...{ runId: "r", stepId: "build", attemptNumber: 1, status: "failed" },
    ...{ startedAt: 1000, finishedAt: 61_000, error: "exited 1" },
  },
  { runId: "r", stepId: "build", attemptNumber: 2, status: "running", startedAt: 70_000 },
];

const viewOf = (...steps: StepInfo[]): Pick<RunView, "step" | "attempts"> => ({
  step: (id) => steps.find((step) => step.id === id),
  attempts: (id) => (id === "build" ? ATTEMPTS : []),
});

describe("readSelection", () => {
  const read = (address: string) =>
    readSelection(viewOf(AGENT_STEP, GATE, GROUP), new URLSearchParams(address));
  const GATE: StepInfo = {
    ...{ ...AGENT_STEP, id: "ask", status: "open" },
    gate: { ask: "Go?", form: {}, onExpire: "reject", onReject: "fail" },
  };
  const GROUP: StepInfo = { ...AGENT_STEP, id: "all", kind: "group", status: "completed" };

  test("takes the latest attempt and the log unless the address says otherwise", () => {
    const selection = read("step=build");
    expect([selection?.attempt?.attemptNumber, selection?.tab]).toEqual([2, "log"]);
    const other = read("step=build&attempt=1&tab=task");
    expect([other?.attempt?.attemptNumber, other?.tab]).toEqual([1, "task"]);
    const wrong = read("step=build&attempt=9&tab=nonsense");
    expect([wrong?.attempt?.attemptNumber, wrong?.tab]).toEqual([2, "log"]);
  });

  test("offers a step that prints nothing only the tabs that it has", () => {
    expect([read("step=ask")?.tabs, read("step=ask")?.tab]).toEqual([
      ["result", "events", "why"],
      "why",
    ]);
    expect(read("step=all")?.tab).toBe("result");
  });

  test("is undefined for a step that the run does not have", () => {
    expect([read("step=other"), read("")]).toEqual([undefined, undefined]);
  });

  test("steps to the attempts before and after", () => {
    const selection = read("step=build&attempt=1");
    if (selection === undefined) throw new Error("The step is missing.");
    expect([neighbour(selection, 1), neighbour(selection, -1)]).toEqual([2, undefined]);
  });
});

describe("attemptRows", () => {
  const rows = (isActive: boolean) =>
    attemptRows({
      attempts: ATTEMPTS,
      now: 75_000,
      isActive,
      usedBy: (number) =>
        number === 1 ? { usd: 0.384, tokens: 127_000, isAtLeast: false } : undefined,
    });

  test("lists the newest attempt first, with what each has used", () => {
    expect(rows(true).map(({ started: _, ...row }) => row)).toEqual([
      {
        ...{ number: 2, status: "running", ran: "5.0s", tokens: "", cost: "" },
        error: undefined,
      },
      {
        ...{ number: 1, status: "failed", ran: "1m00s", tokens: "127.0k", cost: "$0.38" },
        error: "exited 1",
      },
    ]);
  });

  test("calls an attempt interrupted whose process is gone", () => {
    expect(rows(false)[0]).toMatchObject({ status: "interrupted", ran: "" });
  });

  test("says that a cost is unknown, rather than 0, if the agent did not report it", () => {
    const [row] = attemptRows({
      attempts: ATTEMPTS.slice(0, 1),
      now: 0,
      isActive: false,
      usedBy: () => ({ isAtLeast: true }),
    });
    expect([row?.cost, row?.tokens]).toEqual(["unknown", "unknown"]);
  });
});

describe("stepFacts", () => {
  const facts = (step: StepInfo): string[] =>
    stepFacts(step).map(({ name, value }) => `${name}: ${value}`);

  test("names the agent, the effect and the limits of a step", () => {
    expect(facts(AGENT_STEP)).toEqual([
      "Agent: coder",
      "Effect: external, once",
      "Time limit: 1m00s",
      "Retries: 2",
    ]);
  });

  test("says what performs a step without an agent", () => {
    const program = { ...AGENT_STEP, run: { command: ["npm", "test"] }, effect: undefined };
    expect(facts(program as unknown as StepInfo).slice(0, 2)).toEqual([
      "Program: npm test",
      "Effect: may run again",
    ]);
    const loop: StepInfo = { ...AGENT_STEP, kind: "loop", loop: { max: 4, onMax: "fail" } };
    expect(facts(loop)).toEqual(["Rounds: 0 of 4"]);
    const wait: StepInfo = { ...AGENT_STEP, wait: { signal: "deployed" } };
    expect(facts(wait)).toEqual(["Waits for: deployed"]);
    const stop: StepInfo = { ...AGENT_STEP, stop: { as: "failed" } };
    expect(facts(stop)).toEqual(["Ends the run as: failed"]);
  });
});

describe("stepLabel", () => {
  test("names an item by its key and its place, and a round by its number", () => {
    const build: StepInfo = { ...AGENT_STEP, kind: "foreach", detail: { keys: ["a", "b.c", "d"] } };
    const view = viewOf(build);
    expect([
      stepLabel(view, "build[b.c]"),
      stepLabel(view, "fix#2"),
      stepLabel(view, "fix#2.test"),
      stepLabel(view, "gone[x]"),
    ]).toEqual([
      { title: "b.c", place: "item 2 of 3" },
      { title: "round 2", place: "round 2" },
      { title: "test", place: "test" },
      { title: "x", place: "item" },
    ]);
  });
});

describe("byteText", () => {
  test.each([
    [0, "0 B"],
    [870, "870 B"],
    [2100, "2.1 KB"],
    [18_000, "18 KB"],
    [50_000_000, "50 MB"],
    [3_200_000_000, "3.2 GB"],
  ])("writes %i as %s", (bytes, text) => {
    expect(byteText(bytes)).toBe(text);
  });
});

describe("the id of a question", () => {
  test("is read as it was written, with any path of a step", () => {
    for (const name of [
      { runId: "a-b.c", step: "build[x~1].test", attempt: 12 },
      { runId: "r", attempt: 0 },
      { runId: "r", step: "a\nb~", attempt: 1 },
    ])
      expect(readGateId(gateId(name))).toEqual(name);
  });

  test("is refused if a part is missing", () => {
    expect(["", "run", "run~step", "run~step~x", "~step~1"].map(readGateId)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
