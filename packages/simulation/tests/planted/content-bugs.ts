import {
  Context,
  Machine,
  type MachineSnapshot,
  RunQueries,
  type StepDef,
  type TransitionOutcome,
  type WorkflowEvent,
  type WorkflowMachine,
} from "@automatosx/rescript-core";
import type { Core } from "@automatosx/simulation";
import { misanswers, misasks, mishears, type PlantedBug } from "./planted-bug.ts";

type DefinitionChange = Extract<WorkflowEvent, { readonly type: "definition_changed" }>;

const WAYS_BACK = new Set<WorkflowEvent["type"]>([
  "result_edited",
  "steps_reopened",
  "definition_changed",
]);

const stepsOf = (machine: WorkflowMachine) => Context.steps(Machine.context(machine));

const everywhere = (defs: readonly StepDef[], rewrite: (def: StepDef) => StepDef): StepDef[] =>
  defs.map((def) => {
    const { steps, ...rest } = rewrite(def);
    return steps === undefined ? rest : { ...rest, steps: everywhere(steps, rewrite) };
  });

/** A core that is given other steps than the workflow has, first and whenever they change. */
const forgets = (name: string, rewrite: (def: StepDef) => StepDef): PlantedBug =>
  mishears(name, (event) =>
    event.type === "workflow_parsed" || event.type === "definition_changed"
      ? { ...event, steps: everywhere(event.steps, rewrite) }
      : event,
  );

/** The machine of the same run before its first step, if it had begun with this workflow. */
function begun(core: Core, machine: WorkflowMachine, change: DefinitionChange): WorkflowMachine {
  const { steps, policy, handlers, outputs, nodes, edges, executionOrder } = change;
  const at = core.metrics(machine).startTime;
  const events: WorkflowEvent[] = [
    {
      type: "initiate_workflow",
      workflowId: "w",
      definition: "",
      format: "yaml",
      context: {},
      inputs: RunQueries.inputs(machine),
    },
    {
      type: "workflow_parsed",
      steps,
      policy,
      ...(handlers !== undefined && { handlers }),
      ...(outputs !== undefined && { outputs }),
    },
    { type: "workflow_valid" },
    { type: "graph_built", nodes, edges, executionOrder },
  ];
  return events.reduce((prepared, event) => {
    const outcome = core.transition(prepared, event, at);
    if (!outcome.ok) throw new Error(`${event.type} was refused`);
    return outcome.machine;
  }, core.make(at));
}

/** A core that loses something whenever the workflow changes. */
export const loses = (
  name: string,
  lose: (after: MachineSnapshot, before: WorkflowMachine) => MachineSnapshot,
): PlantedBug =>
  misanswers(name, (outcome, { event, machine, sound }) => {
    if (!outcome.ok || event.type !== "definition_changed") return outcome;
    const snapshot = lose(sound.snapshot(outcome.machine, undefined), machine);
    const prepared = begun(sound, outcome.machine, event);
    return { ...outcome, machine: sound.fastForward(prepared, [snapshot]) };
  });

const requests: readonly PlantedBug[] = [
  forgets("a task plays no part in what a step is asked", (def) =>
    def.task === "" ? def : { ...def, task: "work" },
  ),
  forgets("what `with` gives plays no part in what a step is asked", ({ with: _, ...def }) => def),
  misanswers("an edit keeps what was made with the old result", (outcome, call) => {
    const { event, machine, at, sound } = call;
    const isPaused = outcome.ok && Machine.state(outcome.machine) === "paused";
    if (!isPaused || event.type !== "result_edited") return outcome;
    const data = sound.checkpointData(machine, "now");
    const stepResults = { ...data.stepResults, [event.stepId]: event.result };
    const events: WorkflowEvent[] = [
      { type: "restore_checkpoint", checkpointData: { ...data, stepResults } },
      { type: "checkpoint_restored" },
      { type: "pause_workflow" },
    ];
    return events.reduce(
      (last: TransitionOutcome, next) =>
        last.ok ? sound.transition(last.machine, next, at) : last,
      { ...outcome, machine },
    );
  }),
  loses("a changed step keeps its result", (after, before) => {
    const results = new Map(
      stepsOf(before).flatMap((step) => (step.status === "completed" ? [[step.id, step]] : [])),
    );
    const steps = after.steps.map((step) => {
      const earlier = step.status === "ready" ? results.get(step.id) : undefined;
      return earlier === undefined
        ? step
        : { ...step, status: earlier.status, result: earlier.result };
    });
    return { ...after, steps };
  }),
];

const attempts: readonly PlantedBug[] = [
  misasks("an amendment aborts an attempt whose request is the same", (asked, event, _, after) => {
    if (event.type !== "definition_changed") return asked;
    const running = stepsOf(after).filter(({ status }) => status === "running");
    return [...asked, { type: "abort_steps", stepIds: running.map(({ id }) => id) }];
  }),
  misasks("an attempt continues although its request has changed", (asked, event) =>
    WAYS_BACK.has(event.type) ? asked.filter(({ type }) => type !== "abort_steps") : asked,
  ),
  misanswers("an edit starts steps of a paused run", (outcome, { event, at, sound }) =>
    outcome.ok && event.type === "result_edited" && Machine.state(outcome.machine) === "paused"
      ? sound.transition(outcome.machine, { type: "resume_workflow" }, at)
      : outcome,
  ),
  loses("the attempts of a step are counted from 1 again", (after) => ({
    ...after,
    steps: after.steps.map((step) =>
      step.status === "ready" ? { ...step, attemptNumber: 0 } : step,
    ),
  })),
  loses("an amendment forgets the failures of a step that waits for a retry", (after) => ({
    ...after,
    steps: after.steps.map((step) =>
      step.status === "waiting" ? { ...step, failureCount: 0 } : step,
    ),
  })),
  loses("what is held for an attempt that continues is lost", (after) =>
    after.budget === undefined ? after : { ...after, budget: { ...after.budget, holds: [] } },
  ),
];

const choices: readonly PlantedBug[] = [
  mishears("what is behind a reopened step is kept", (event) =>
    event.type === "steps_reopened" ? { ...event, downstream: false } : event,
  ),
  mishears("what is behind a reopened step is always performed again", (event) =>
    event.type === "steps_reopened" ? { ...event, downstream: true } : event,
  ),
  mishears("an amendment forgets the new inputs", (event) => {
    if (event.type !== "definition_changed") return event;
    const { inputs: _, ...rest } = event;
    return rest;
  }),
  mishears("an approval forgets its edits", (event) => {
    if (event.type !== "gate_answered") return event;
    const { edits: _, ...rest } = event;
    return rest;
  }),
];

/** Bugs in what a run keeps when it goes back. */
export const contentBugs: readonly PlantedBug[] = [...requests, ...attempts, ...choices];

/** Bugs in what a failed run keeps when it resumes. */
export const resumeBugs: readonly PlantedBug[] = [
  mishears("a failed run that resumes loses the results on offer", (event) => {
    if (event.type !== "restore_checkpoint") return event;
    const { keepsOffers: _, ...checkpointData } = event.checkpointData;
    return { ...event, checkpointData };
  }),
  mishears("a restore keeps the results on offer", (event) =>
    event.type === "restore_checkpoint"
      ? { ...event, checkpointData: { ...event.checkpointData, keepsOffers: true } }
      : event,
  ),
];
