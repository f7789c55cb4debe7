import { Machine } from "@automatosx/rescript-core";
import { describe, expect, test } from "vitest";
import { type JournalReferences, RunView } from "../src/index.js";
import {
  completed,
  type Fact,
  journalOf,
  originOf,
  PREPARATION,
  started,
} from "./support/journal.js";

const WORKER = { agentId: "worker", task: "work" };
const STEPS = [
  { id: "plan", ...WORKER },
  { id: "build", ...WORKER, dependencies: ["plan"] },
  {
    id: "review",
    agentId: "@gate",
    task: "",
    dependencies: ["build"],
    gate: {
      ask: "Good?",
      form: { type: "object" },
      onExpire: "reject",
      onReject: "fail",
      editable: "steps.build.output",
    },
  },
] as never[];
/** The same without the gate, with another task, and with a step more. */
const OTHER = originOf([
  { id: "plan", ...WORKER },
  { id: "build", agentId: "worker", task: "work harder", dependencies: ["plan"] },
  { id: "ship", ...WORKER, dependencies: ["build"] },
]).definition;

const BUILT: readonly Fact[] = [
  ...PREPARATION,
  started("plan"),
  completed("plan", 1, "a plan"),
  started("build"),
  completed("build", 1, "a house"),
];

const references: JournalReferences = {
  artifact: (sha256) => (sha256 === "large" ? "a large result" : undefined),
  definition: (hash) => (hash === "other" ? OTHER : undefined),
} as JournalReferences;

function play(...facts: readonly Fact[]) {
  const view = new RunView(originOf(STEPS), references);
  const events = journalOf(...BUILT, ...facts).flatMap((entry) => view.apply(entry));
  const statuses = Object.fromEntries(view.steps().map(({ id, status }) => [id, status]));
  return { view, statuses, events: events.slice(-facts.length * 4) };
}

const only = (events: readonly { readonly type: string }[], type: string) =>
  events.filter((event) => event.type === type);

describe("the view of a run whose result was edited", () => {
  test("has the new result, and the steps behind it are entered again", () => {
    const { view, statuses, events } = play([
      "result_edited",
      { result: "a better plan", recipe: 1, by: "Ann", note: "shorter" },
      "plan",
      1,
    ]);
    expect(statuses).toEqual({ plan: "completed", build: "ready", review: "pending" });
    expect(view.step("plan")?.result).toBe("a better plan");
    expect(only(events, "result_edited")).toMatchObject([
      { stepId: "plan", attemptNumber: 1, kept: 1, stale: 2, by: "Ann", note: "shorter" },
    ]);
  });

  test("reads a large result from its artifact, and the step from the entry of a fork", () => {
    const { view } = play([
      "result_edited",
      { stepId: "plan", attemptNumber: 1, artifact: "large", recipe: 1 },
    ]);
    expect(view.step("plan")?.result).toBe("a large result");
  });

  test("names the edited step before the gate whose answer edited it", () => {
    const { view, events } = play([
      "gate_answered",
      { approved: true, values: {}, edits: "a castle", by: "Ann" },
      "review",
      1,
    ]);
    expect(view.step("build")?.result).toBe("a castle");
    expect([...only(events, "result_edited"), ...only(events, "gate_answered")]).toMatchObject([
      { type: "result_edited", stepId: "build", attemptNumber: 1, by: "Ann" },
      { type: "gate_answered", stepId: "review", approved: true, by: "Ann" },
    ]);
  });
});

describe("the view of a run whose steps were reopened", () => {
  test("keeps what is not behind them", () => {
    const { statuses, events } = play([
      "steps_reopened",
      { stepIds: ["build"], downstream: true, recipe: 1, by: "Ann" },
    ]);
    expect(statuses).toEqual({ plan: "completed", build: "ready", review: "pending" });
    expect(only(events, "steps_reopened")).toMatchObject([
      { stepIds: ["build"], downstream: true, by: "Ann", kept: 1, stale: 2 },
    ]);
  });
});

describe("the view of a run that has come to another definition", () => {
  const changed: Fact = [
    "definition_changed",
    { definitionHash: "other", policy: {}, recipe: 1, by: "Ann" },
  ];

  test("has its steps, and keeps the results that still fit", () => {
    const { statuses, events } = play(changed);
    expect(statuses).toEqual({ plan: "completed", build: "ready", ship: "pending" });
    expect(only(events, "definition_changed")).toMatchObject([
      { definitionHash: "other", by: "Ann", kept: 1, stale: 1, new: 1, dropped: 1 },
    ]);
  });

  test("refuses the entry if the definition is missing", () => {
    expect(() =>
      play(["definition_changed", { definitionHash: "lost", policy: {}, recipe: 1 }]),
    ).toThrow("the definition lost, which it names, is missing");
  });

  test("is the same if the entry was skipped and a later snapshot is loaded", () => {
    const entries = journalOf(...BUILT, changed);
    const whole = new RunView(originOf(STEPS), references);
    for (const entry of entries) whole.apply(entry);
    const skipping = new RunView(originOf(STEPS), references);
    for (const entry of entries.slice(0, PREPARATION.length - 1)) skipping.apply(entry);
    for (const entry of entries.slice(PREPARATION.length - 1)) skipping.skip(entry);
    skipping.fastForward({
      snapshots: [Machine.snapshot(whole.machine, undefined)],
      ...{ seq: entries.length, at: entries.length * 10 },
    });
    expect(skipping.steps()).toEqual(whole.steps());
  });
});
