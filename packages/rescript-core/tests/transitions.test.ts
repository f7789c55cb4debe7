import { describe, expect, test } from "vitest";
import {
  Machine,
  State,
  type WorkflowEvent,
  type WorkflowMachine,
  type WorkflowState,
} from "../src/index.js";
import {
  complete,
  fail,
  graphBuilt,
  initiate,
  moveAll,
  preparing,
  restore,
  start,
  step,
} from "./support/machines.js";

/*
 * All 14 × 32 cells. A cell contains, in two letters, the state to which an accepted event leads;
 * `--` is the refusal `wrong_state`.
 */
const cells = `
                       id pa va bu sc ex aw cr re ag co fa ps ca
  initiate_workflow    pa -- -- -- -- -- -- -- -- -- -- -- -- --
  parse_workflow       -- pa -- -- -- -- -- -- -- -- -- -- -- --
  workflow_parsed      -- va -- -- -- -- -- -- -- -- -- -- -- --
  parse_failed         -- fa -- -- -- -- -- -- -- -- -- -- -- --
  validate_workflow    -- -- va -- -- -- -- -- -- -- -- -- -- --
  workflow_valid       -- -- bu -- -- -- -- -- -- -- -- -- -- --
  workflow_invalid     -- -- fa -- -- -- -- -- -- -- -- -- -- --
  build_graph          -- -- -- bu -- -- -- -- -- -- -- -- -- --
  graph_built          -- -- -- sc -- -- -- -- -- -- -- -- -- --
  graph_invalid        -- -- -- fa -- -- -- -- -- -- -- -- -- --
  schedule_steps       -- -- -- -- sc -- -- -- -- -- -- -- -- --
  steps_scheduled      -- -- -- -- ex -- -- -- -- -- -- -- -- --
  execute_step_batch   -- -- -- -- -- aw aw -- -- -- -- -- -- --
  step_completed       -- -- -- -- -- aw aw cr -- -- -- -- ps --
  step_failed          -- -- -- -- -- aw aw cr -- -- -- -- ps --
  batch_completed      -- -- -- -- -- -- ex -- -- -- -- -- -- --
  all_steps_completed  -- -- -- -- -- ag ag -- -- -- -- -- -- --
  create_checkpoint    -- -- -- -- -- cr cr -- -- -- -- -- cr --
  checkpoint_created   -- -- -- -- -- -- -- aw -- -- -- -- -- --
  restore_checkpoint   -- -- -- -- re -- -- -- -- -- -- re re --
  checkpoint_restored  -- -- -- -- -- -- -- -- ex -- -- -- -- --
  aggregate_results    -- -- -- -- -- -- -- -- -- ag -- -- -- --
  results_aggregated   -- -- -- -- -- -- -- -- -- ag -- -- -- --
  complete_workflow    -- -- -- -- -- -- -- -- -- co -- -- -- --
  workflow_failed      fa fa fa fa fa fa fa fa fa fa -- -- fa --
  pause_workflow       -- -- -- -- -- ps ps -- -- -- -- -- -- --
  resume_workflow      -- -- -- -- -- -- -- -- -- -- -- -- ex --
  cancel_workflow      ca ca ca ca ca ca ca ca ca ca -- -- ca --
  reset                -- -- -- -- -- -- -- -- -- -- id id -- id
  steps_due            -- -- -- -- -- ex aw -- -- -- -- -- -- --
  gate_answered        -- -- -- -- -- ex aw cr -- -- -- -- ps --
  signal_received      -- -- -- -- -- ex aw cr -- -- -- -- ps --
`;

const stateOf: Record<string, WorkflowState> = {
  id: "idle",
  pa: "parsing",
  va: "validating_workflow",
  bu: "building_dependency_graph",
  sc: "scheduling_steps",
  ex: "executing_steps",
  aw: "awaiting_completion",
  cr: "creating_checkpoint",
  re: "restoring_from_checkpoint",
  ag: "aggregating_results",
  co: "completed",
  fa: "failed",
  ps: "paused",
  ca: "cancelled",
};

const steps = [step("a"), step("b", { dependencies: ["a"] }), step("c")];
const events: readonly WorkflowEvent[] = [
  initiate,
  { type: "parse_workflow" },
  { type: "workflow_parsed", steps },
  { type: "parse_failed", error: "line 3" },
  { type: "validate_workflow" },
  { type: "workflow_valid" },
  { type: "workflow_invalid", reason: "no agent" },
  { type: "build_graph" },
  graphBuilt(steps),
  { type: "graph_invalid", reason: "a cycle" },
  { type: "schedule_steps", schedule: [["a", "c"], ["b"]] },
  { type: "steps_scheduled" },
  start("c"),
  complete("a"),
  fail("a"),
  { type: "batch_completed" },
  { type: "all_steps_completed" },
  { type: "create_checkpoint" },
  { type: "checkpoint_created", checkpointId: "checkpoint" },
  restore("a"),
  { type: "checkpoint_restored" },
  { type: "aggregate_results" },
  { type: "results_aggregated", results: {} },
  { type: "complete_workflow", results: {} },
  { type: "workflow_failed", error: "no disk" },
  { type: "pause_workflow" },
  { type: "resume_workflow" },
  { type: "cancel_workflow" },
  { type: "reset" },
  { type: "steps_due", stepIds: ["rest"] },
  { type: "gate_answered", stepId: "ask", attemptNumber: 1, approved: true, values: {} },
  { type: "signal_received", name: "go", data: 1 },
];

// The events that lead to each state. Where steps run, `a` is in flight and `c` is ready.
const executing = [...preparing(steps), { type: "steps_scheduled" }] satisfies WorkflowEvent[];
const awaiting = [...executing, start("a")];
const paused = [...awaiting, { type: "pause_workflow" }] satisfies WorkflowEvent[];
const allDone = [...awaiting, start("c"), complete("a"), complete("c"), start("b"), complete("b")];
const roads: Record<WorkflowState, readonly WorkflowEvent[]> = {
  idle: [],
  parsing: preparing(steps).slice(0, 1),
  validating_workflow: preparing(steps).slice(0, 2),
  building_dependency_graph: preparing(steps).slice(0, 3),
  scheduling_steps: preparing(steps),
  executing_steps: [...paused, { type: "resume_workflow" }],
  awaiting_completion: awaiting,
  creating_checkpoint: [...awaiting, { type: "create_checkpoint" }],
  restoring_from_checkpoint: [...preparing(steps), restore("a")],
  aggregating_results: [...allDone, { type: "all_steps_completed" }],
  completed: [
    ...allDone,
    { type: "all_steps_completed" },
    { type: "complete_workflow", results: {} },
  ],
  failed: [...awaiting, { type: "workflow_failed", error: "no disk" }],
  paused,
  cancelled: [...awaiting, { type: "cancel_workflow" }],
};

// Where a gate is open, and a sleep has ended by the time of the event.
const waits = [
  step("a"),
  step("ask", {
    gate: { ask: "Go?", form: { type: "object" }, onExpire: "reject", onReject: "fail" },
  }),
  step("rest", { wait: { forMs: 1000 } }),
];
const begun = [...preparing(waits), { type: "steps_scheduled" }] satisfies WorkflowEvent[];
const waitingRoads: Partial<Record<WorkflowState, readonly WorkflowEvent[]>> = {
  executing_steps: begun,
  awaiting_completion: [...begun, start("a")],
  creating_checkpoint: [...begun, { type: "create_checkpoint" }],
  paused: [...begun, { type: "pause_workflow" }],
};
const WAITING_EVENTS = ["steps_due", "gate_answered", "signal_received"];

function roadTo(state: WorkflowState, type: string): readonly WorkflowEvent[] {
  const waiting = WAITING_EVENTS.includes(type) ? waitingRoads[state] : undefined;
  return waiting ?? fittingRoads[`${state} ${type}`] ?? roads[state];
}

// Some events are accepted only if a guard holds, which is not the case on the paths above.
const fittingRoads: Partial<Record<`${WorkflowState} ${string}`, readonly WorkflowEvent[]>> = {
  "awaiting_completion batch_completed": [...awaiting, complete("a")],
  "awaiting_completion all_steps_completed": allDone,
  "executing_steps all_steps_completed": [...allDone, { type: "batch_completed" }],
};

const machineOn = (road: readonly WorkflowEvent[]): WorkflowMachine =>
  moveAll(Machine.make(0), road);

function answer(machine: WorkflowMachine, event: WorkflowEvent): string {
  const outcome = Machine.transition(machine, event, 1000);
  return outcome.ok ? Machine.state(outcome.machine) : outcome.reason;
}

function expectedCells(): { state: WorkflowState | undefined; type: string; answer: string }[] {
  const [head = [], ...rows] = cells
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  return rows.flatMap(([type = "", ...answers]) =>
    answers.map((code, column) => ({
      state: stateOf[head[column] ?? ""],
      type,
      answer: code === "--" ? "wrong_state" : (stateOf[code] ?? code),
    })),
  );
}

describe("Machine.transition", () => {
  test("is tested in every state with every event", () => {
    const pairs = new Set(expectedCells().map(({ state, type }) => `${state} ${type}`));
    expect({
      cells: pairs.size,
      states: Object.keys(roads).sort(),
      events: events.map(({ type }) => type),
    }).toEqual({
      cells: 14 * 32,
      states: [...State.all].sort(),
      events: [...new Set(expectedCells().map(({ type }) => type))],
    });
  });

  for (const state of State.all) {
    test(`answers all 32 events in ${state}`, () => {
      const expected = expectedCells().filter((cell) => cell.state === state);
      const actual = expected.map(({ type }) => {
        const event = events.find((candidate) => candidate.type === type) as WorkflowEvent;
        const machine = machineOn(roadTo(state, type));
        expect(Machine.state(machine)).toBe(state);
        return { state, type, answer: answer(machine, event) };
      });
      expect(actual).toEqual(expected);
    });
  }
});

describe("a guard", () => {
  const oneDone = [...awaiting, complete("a")];
  const refused: readonly (readonly [
    why: string,
    road: readonly WorkflowEvent[],
    event: WorkflowEvent,
    reason: string,
  ])[] = [
    [
      "a workflow without steps",
      [initiate, { type: "workflow_parsed", steps: [] }],
      { type: "workflow_valid" },
      "no_steps",
    ],
    [
      "the graph of other steps",
      preparing(steps).slice(0, 3),
      graphBuilt([step("a")]),
      "graph_mismatch",
    ],
    ["an empty batch", executing, start(), "no_steps"],
    ["a batch with an unknown step", executing, start("ghost"), "unknown_step"],
    ["a batch with a step that has an open dependency", executing, start("b"), "step_not_ready"],
    ["a batch with a step in flight", awaiting, start("a"), "step_not_ready"],
    ["a batch that names a step twice", executing, start("a", "a"), "step_not_ready"],
    [
      "a batch beyond the limit",
      [...preparing(steps, { concurrency: 1 }), { type: "steps_scheduled" }],
      start("a", "c"),
      "no_free_slot",
    ],
    ["the completion of an unknown step", awaiting, complete("ghost"), "unknown_step"],
    [
      "the completion of a step that is not running",
      awaiting,
      complete("c", 0),
      "step_not_running",
    ],
    ["a second completion", oneDone, complete("a"), "step_not_running"],
    ["the completion of an older attempt", awaiting, complete("a", 0), "older_attempt"],
    ["the failure of an unknown step", awaiting, fail("ghost"), "unknown_step"],
    ["the failure of a step that is not running", oneDone, fail("a"), "step_not_running"],
    ["the failure of an older attempt", awaiting, fail("a", 0), "older_attempt"],
    [
      "the end of a batch with steps in flight",
      awaiting,
      { type: "batch_completed" },
      "steps_in_flight",
    ],
    [
      "the end of the steps while one runs",
      awaiting,
      { type: "all_steps_completed" },
      "steps_unfinished",
    ],
    [
      "the end of the steps while one is ready",
      executing,
      { type: "all_steps_completed" },
      "steps_unfinished",
    ],
    [
      "the end of the steps after one failed",
      [...awaiting, fail("a"), start("c"), complete("c")],
      { type: "all_steps_completed" },
      "steps_unfinished",
    ],
    ["a checkpoint with an unknown step", preparing(steps), restore("ghost"), "unknown_step"],
    [
      "a checkpoint for a run without steps",
      [initiate, { type: "parse_failed", error: "line 3" }],
      restore(),
      "no_steps",
    ],
  ];

  test.each(refused)("refuses %s", (_why, road, event, reason) => {
    expect(answer(machineOn(road), event)).toBe(reason);
  });

  test("returns to the state from which the checkpoint was requested", () => {
    const created: WorkflowEvent = { type: "checkpoint_created", checkpointId: "checkpoint" };
    const back = [executing, awaiting, paused].map((road) =>
      answer(machineOn([...road, { type: "create_checkpoint" }]), created),
    );
    expect(back).toEqual(["executing_steps", "awaiting_completion", "paused"]);
  });

  test("refuses an unknown event in every state", () => {
    const unknown = { type: "constructor" } as unknown as WorkflowEvent;
    const answers = State.all.map((state) => answer(machineOn(roads[state]), unknown));
    expect(answers).toEqual(State.all.map(() => "wrong_state"));
  });
});
