import {
  Context,
  type Effect,
  Machine,
  type StepDef,
  type WorkflowEvent,
  type WorkflowMachine,
} from "@automatosx/rescript-core";
import { misanswers, misasks, mishears, type PlantedBug } from "./planted-bug.ts";

const steps = (machine: WorkflowMachine) => Context.steps(Machine.context(machine));
const isRunning = (machine: WorkflowMachine): boolean =>
  Context.inFlightCount(Machine.context(machine)) > 0;
const isTell = (effect: Effect, type: WorkflowEvent["type"]): boolean =>
  effect.type === "tell" && effect.event.type === type;

/** A core that receives different steps from those in the workflow. */
const rewritesSteps = (name: string, rewrite: (def: StepDef) => StepDef): PlantedBug =>
  mishears(name, (event) =>
    event.type === "workflow_parsed" ? { ...event, steps: event.steps.map(rewrite) } : event,
  );

// Drops all of a step's dependencies except the first.
function onlyFirstDependency(event: WorkflowEvent, machine: WorkflowMachine): WorkflowEvent {
  if (event.type === "workflow_parsed") {
    return {
      ...event,
      steps: event.steps.map((def) => ({ ...def, dependencies: def.dependencies.slice(0, 1) })),
    };
  }
  if (event.type !== "graph_built") return event;
  const first = new Map(steps(machine).map(({ id, dependencies }) => [id, dependencies[0]]));
  return { ...event, edges: event.edges.filter(([from, to]) => first.get(to) === from) };
}

const rules: readonly PlantedBug[] = [
  mishears("a stale attempt is accepted", (event, machine) => {
    if (event.type !== "step_completed" && event.type !== "step_failed") return event;
    const newest = Context.step(Machine.context(machine), event.stepId);
    return newest?.status === "running" ? { ...event, attemptNumber: newest.attemptNumber } : event;
  }),
  mishears("a step waits for the first of its dependencies only", onlyFirstDependency),
  rewritesSteps("the serial lane is ignored", (def) => ({ ...def, parallel: true })),
  rewritesSteps("one retry too many", (def) => ({ ...def, retries: def.retries + 1 })),
  rewritesSteps("one retry too few", (def) => ({ ...def, retries: Math.max(0, def.retries - 1) })),
  rewritesSteps("a failed step does not stop its dependents", (def) => ({
    ...def,
    continueOnError: true,
  })),
  rewritesSteps("continueOnError is ignored", (def) => ({ ...def, continueOnError: false })),
  mishears("the concurrency limit is off by one", (event) => {
    if (event.type !== "workflow_parsed" || event.policy?.concurrency === undefined) return event;
    return { ...event, policy: { ...event.policy, concurrency: event.policy.concurrency + 1 } };
  }),
  mishears("agent limits are ignored", (event) =>
    event.type === "workflow_parsed"
      ? { ...event, policy: { ...event.policy, agentConcurrency: {} } }
      : event,
  ),
  mishears("a crash uses up a retry", (event) =>
    event.type === "step_failed" && event.reason === "interrupted"
      ? { ...event, reason: "error" }
      : event,
  ),
  mishears("an invalid step is retried", (event) =>
    event.type === "step_failed" && event.reason === "invalid"
      ? { ...event, reason: "error" }
      : event,
  ),
  mishears("a step records the result of another step", (event, machine) => {
    if (event.type !== "step_completed") return event;
    const [other] = steps(machine).filter(({ status }) => status === "completed");
    return other === undefined ? event : { ...event, result: other.result };
  }),
  mishears("a restore loses the results", (event) =>
    event.type === "restore_checkpoint"
      ? { ...event, checkpointData: { ...event.checkpointData, stepResults: {} } }
      : event,
  ),
  mishears("a restore forgets a completed step", (event) => {
    if (event.type !== "restore_checkpoint") return event;
    const { checkpointData } = event;
    return {
      ...event,
      checkpointData: { ...checkpointData, completedSteps: checkpointData.completedSteps.slice(1) },
    };
  }),
  mishears("a resume starts a tolerated failure again", (event) => {
    if (event.type !== "restore_checkpoint") return event;
    const { toleratedFailures: _, ...checkpointData } = event.checkpointData;
    return { ...event, checkpointData };
  }),
];

const refused = {
  ok: false,
  state: "paused",
  event: "step_completed",
  reason: "wrong_state",
} as const;
const beforeTheEnd = new WeakMap<WorkflowMachine, WorkflowMachine>();

const answers: readonly PlantedBug[] = [
  misanswers(
    "an outcome is refused while a checkpoint is written",
    (outcome, { machine, event }) =>
      event.type === "step_completed" && Machine.state(machine) === "creating_checkpoint"
        ? refused
        : outcome,
  ),
  misanswers("an outcome is refused while the run is paused", (outcome, { machine, event }) =>
    event.type === "step_failed" && Machine.state(machine) === "paused" ? refused : outcome,
  ),
  misanswers("cancel is refused while a checkpoint is written", (outcome, { machine, event }) =>
    event.type === "cancel_workflow" && Machine.state(machine) === "creating_checkpoint"
      ? refused
      : outcome,
  ),
  misanswers("a checkpoint ends a pause", (outcome, { event, at, sound }) => {
    if (
      !outcome.ok ||
      event.type !== "checkpoint_created" ||
      Machine.state(outcome.machine) !== "paused"
    )
      return outcome;
    return sound.transition(outcome.machine, { type: "resume_workflow" }, at);
  }),
  misanswers("a cancelled run can be resumed", (outcome, { machine, event }) => {
    if (outcome.ok && event.type === "cancel_workflow") beforeTheEnd.set(outcome.machine, machine);
    const earlier = beforeTheEnd.get(machine);
    return earlier !== undefined && event.type === "resume_workflow"
      ? { ok: true, machine: earlier, effects: [] }
      : outcome;
  }),
  misanswers("a completed step is recorded again", (outcome, { machine, event }) => {
    if (outcome.ok || event.type !== "step_completed") return outcome;
    const step = Context.step(Machine.context(machine), event.stepId);
    return step?.status === "completed" && Machine.state(machine) !== "completed"
      ? { ok: true, machine, effects: [] }
      : outcome;
  }),
];

const effects: readonly PlantedBug[] = [
  misasks("cancel aborts nothing", (asked, event) =>
    event.type === "cancel_workflow" ? asked.filter(({ type }) => type !== "abort_steps") : asked,
  ),
  misasks("a restore aborts nothing", (asked, event) =>
    event.type === "restore_checkpoint"
      ? asked.filter(({ type }) => type !== "abort_steps")
      : asked,
  ),
  misasks("a retry has no timer", (asked) => asked.filter(({ type }) => type !== "start_later")),
  misasks("a retry is due too soon", (asked) =>
    asked.map((effect) =>
      effect.type === "start_later" ? { ...effect, dueAt: effect.dueAt - 1 } : effect,
    ),
  ),
  misasks("a wake-up is lost while other steps run", (asked, event, _, after) =>
    event.type === "step_completed" && isRunning(after)
      ? asked.filter((effect) => !isTell(effect, "execute_step_batch"))
      : asked,
  ),
  misasks("a wake-up is lost after a pause", (asked, event) =>
    event.type === "resume_workflow"
      ? asked.filter((effect) => !isTell(effect, "execute_step_batch"))
      : asked,
  ),
  misasks("a wake-up is lost after a checkpoint", (asked, event) =>
    event.type === "checkpoint_created" ? asked.filter(({ type }) => type !== "tell") : asked,
  ),
  misasks("only the first step of a batch is run", (asked) => {
    const first = asked.find(({ type }) => type === "run_step");
    return asked.filter((effect) => effect.type !== "run_step" || effect === first);
  }),
  misasks("every attempt is called the first", (asked) =>
    asked.map((effect) => (effect.type === "run_step" ? { ...effect, attemptNumber: 1 } : effect)),
  ),
  misasks("the end is announced twice", (asked) => [
    ...asked,
    ...asked.filter(({ type }) => type === "finish_run"),
  ]),
  misasks("the end of a failed run is not announced", (asked, event) =>
    event.type === "workflow_failed" ? asked.filter(({ type }) => type !== "finish_run") : asked,
  ),
  misasks("the checkpoint effect of a step is lost", (asked) =>
    asked.filter((effect) => effect.type !== "write_checkpoint" || effect.name !== "red"),
  ),
  {
    name: "a timer does not wake the machine",
    core: (sound) => ({
      ...sound,
      wake: (machine, at) =>
        sound.wake(machine, at).filter((effect) => !isTell(effect, "execute_step_batch")),
    }),
  },
];

const policies: readonly PlantedBug[] = [
  mishears("automatic checkpoints come one step late", (event) => {
    if (event.type !== "workflow_parsed" || event.policy?.checkpointEvery === undefined)
      return event;
    return {
      ...event,
      policy: { ...event.policy, checkpointEvery: event.policy.checkpointEvery + 1 },
    };
  }),
  mishears("a checkpoint requested by a step is forgotten", (event) =>
    event.type === "workflow_parsed"
      ? { ...event, steps: event.steps.map(({ checkpoint: _, ...def }) => def) }
      : event,
  ),
  misasks("a retry is announced with the number of the failed attempt", (asked) =>
    asked.map((effect) =>
      effect.type === "start_later"
        ? { ...effect, attemptNumber: effect.attemptNumber - 1 }
        : effect,
    ),
  ),
  misanswers(
    "a run is completed before its last step is",
    (outcome, { machine, event, at, sound }) => {
      const { completedSteps, totalSteps } = Context.metrics(Machine.context(machine));
      if (outcome.ok || event.type !== "all_steps_completed" || completedSteps < totalSteps - 1)
        return outcome;
      return sound.transition(machine, { type: "cancel_workflow" }, at);
    },
  ),
];

const kept: string[] = [];

const records: readonly PlantedBug[] = [
  {
    name: "a checkpoint shares a list with the next one",
    core: (sound) => ({
      ...sound,
      checkpointData(machine, checkpointId) {
        const data = sound.checkpointData(machine, checkpointId);
        kept.splice(0, kept.length, ...data.completedSteps);
        return { ...data, completedSteps: kept };
      },
    }),
  },
  {
    name: "a checkpoint leaves out the tolerated failures",
    core: (sound) => ({
      ...sound,
      checkpointData(machine, checkpointId) {
        const { toleratedFailures: _, ...data } = sound.checkpointData(machine, checkpointId);
        return data;
      },
    }),
  },
  {
    name: "a checkpoint leaves out the last change",
    core: (sound) => ({
      ...sound,
      snapshot(machine, since) {
        const snapshot = sound.snapshot(machine, since);
        return since === undefined ? snapshot : { ...snapshot, steps: snapshot.steps.slice(0, -1) };
      },
    }),
  },
  {
    name: "a claim from a checkpoint forgets the failures",
    core: (sound) => ({
      ...sound,
      fastForward: (machine, snapshots) =>
        sound.fastForward(
          machine,
          snapshots.map((snapshot) => ({
            ...snapshot,
            steps: snapshot.steps.map((step) => ({ ...step, failureCount: 0 })),
          })),
        ),
    }),
  },
  {
    name: "a claim reads only the newest checkpoint, which is a difference",
    core: (sound) => ({
      ...sound,
      fastForward: (machine, snapshots) => sound.fastForward(machine, snapshots.slice(-1)),
    }),
  },
  {
    name: "metrics count retries as attempts twice",
    core: (sound) => ({
      ...sound,
      metrics(machine) {
        const metrics = sound.metrics(machine);
        return { ...metrics, attempts: metrics.attempts + metrics.retries };
      },
    }),
  },
  {
    name: "metrics count skipped steps as failed",
    core: (sound) => ({
      ...sound,
      metrics(machine) {
        const metrics = sound.metrics(machine);
        return {
          ...metrics,
          failedSteps: metrics.failedSteps + metrics.skippedSteps,
          skippedSteps: 0,
        };
      },
    }),
  },
  {
    name: "a duration has the wrong sign",
    core: (sound) => ({
      ...sound,
      metrics(machine) {
        const metrics = sound.metrics(machine);
        return metrics.duration === undefined
          ? metrics
          : { ...metrics, duration: -metrics.duration };
      },
    }),
  },
];

export const coreBugs: readonly PlantedBug[] = [
  ...rules,
  ...answers,
  ...effects,
  ...policies,
  ...records,
];
