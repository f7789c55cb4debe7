import * as fc from "fast-check";
import {
  Context,
  type FailureReason,
  Machine,
  type OpenQuestion,
  type WorkflowEvent,
} from "../../src/index.js";
import { graphBuilt, initiate, restore, start } from "./machines.js";
import { endingTrees, expiringTrees, trees } from "./random-trees.js";
import { type Workflow, workflows } from "./random-workflows.js";
import { Shell } from "./Shell.js";

/**
 * One decision of a script. The meaning of `pick` depends on the state of the run at that moment.
 */
interface Choice {
  readonly kind: number;
  readonly pick: number;
  readonly more: number;
}

type Action = (shell: Shell, choice: Choice) => void;

const choices = fc.array(fc.record({ kind: fc.nat(999), pick: fc.nat(999), more: fc.nat(999) }), {
  maxLength: 60,
  size: "max",
});
const pickFrom = <T>(items: readonly T[], pick: number): T | undefined =>
  items[pick % Math.max(1, items.length)];
const tell =
  (event: WorkflowEvent): Action =>
  (shell) => {
    shell.tell(event);
  };

const settleOne: Action = (shell, { pick, more }) => {
  const step = pickFrom(shell.inFlight, pick);
  if (step !== undefined) shell.settle(step, (more % 100) / 100);
};

const interruptOne: Action = (shell, { pick }) => {
  const step = pickFrom(shell.inFlight, pick);
  if (step !== undefined) shell.interrupt(step);
};

// A late, repeated, early or unknown outcome: for any step and any attempt except the running one.
const strayOutcome: Action = (shell, { pick, more }) => {
  const step = pickFrom(shell.steps, pick);
  const stepId = more % 7 === 0 ? "ghost" : (step?.id ?? "ghost");
  const latest = step?.attemptNumber ?? 0;
  const distance = (more % 3) - 1;
  const attemptNumber = latest + (step?.status === "running" && distance === 0 ? -2 : distance);
  const reason =
    pickFrom<FailureReason>(["error", "timeout", "interrupted", "invalid"], more) ?? "error";
  if (more % 2 === 0)
    shell.tell({ type: "step_completed", stepId, attemptNumber, result: "stray" });
  else
    shell.tell({ type: "step_failed", stepId, attemptNumber, error: "stray", reason, chance: 0.1 });
};

const answerOne: Action = (shell, { pick }) => {
  const question = pickFrom(shell.questions, pick);
  if (question !== undefined) shell.tell(shell.answerTo(question));
};

// A signal before its step waits, or twice.
const sendEarly: Action = (shell, { pick, more }) => {
  const signal = `go-s${pick % 7}`;
  const question: OpenQuestion = { stepId: "", attemptNumber: 0, kind: "signal", signal };
  const event = shell.answerTo(question);
  if (event.type === "signal_received")
    shell.tell({ ...event, ...(more % 2 === 0 && { signalId: `id-${pick % 20}` }) });
};

// An answer to an older, later or unknown question, or one that does not fit.
const strayAnswer: Action = (shell, { pick, more }) => {
  const step = pickFrom(shell.steps, pick);
  const latest = step?.attemptNumber ?? 0;
  const isMisfit = more % 3 === 0;
  shell.tell({
    type: "gate_answered",
    stepId: more % 7 === 0 ? "ghost" : (step?.id ?? "ghost"),
    attemptNumber: latest + (isMisfit ? 0 : more % 2 === 0 ? -1 : 1),
    approved: true,
    values: { n: isMisfit ? "one" : 1 },
  });
  const signal = pickFrom(shell.questions, pick)?.signal;
  if (signal !== undefined) shell.tell({ type: "signal_received", name: signal, data: "no map" });
};

const moveClock: Action = (shell, { pick }) => {
  shell.now += pick - 300;
  shell.wake();
};

const waitUntilDue: Action = (shell) => {
  const dueAt = Context.nextDueAt(Machine.context(shell.machine));
  if (dueAt === undefined) return;
  shell.now = Math.max(shell.now, dueAt);
  if (shell.state === "paused") shell.tell({ type: "resume_workflow" });
  else shell.wake();
};

const checkpoint: Action = (shell, { pick }) => {
  if (shell.state === "creating_checkpoint")
    shell.tell({ type: "checkpoint_created", checkpointId: `checkpoint-${pick}` });
  else shell.tell({ type: "create_checkpoint", ...(pick % 2 === 0 && { name: "red" }) });
};

const pauseOrResume: Action = (shell) => {
  shell.tell(shell.state === "paused" ? { type: "resume_workflow" } : { type: "pause_workflow" });
};

/**
 * Actions that do not change the results: any order, any delay, stray outcomes, pauses,
 * checkpoints, lost attempts.
 */
const orderly: readonly Action[] = [
  settleOne,
  settleOne,
  settleOne,
  settleOne,
  answerOne,
  sendEarly,
  strayAnswer,
  interruptOne,
  strayOutcome,
  moveClock,
  waitUntilDue,
  checkpoint,
  pauseOrResume,
];

const CLASSES: readonly FailureReason[] = [
  "error",
  "timeout",
  "invalid",
  "error",
  "transient",
  "refused",
  "invalid_output",
  "check",
  "unknown",
  "rate_limit",
];

const failOne: Action = (shell, { pick, more }) => {
  const step = pickFrom(shell.inFlight, pick);
  const isWaiting = step?.workflow !== undefined && more % 3 > 0;
  const reason = isWaiting ? "waiting" : (pickFrom(CLASSES, more) ?? "error");
  if (step !== undefined)
    shell.tell({
      type: "step_failed",
      stepId: step.id,
      attemptNumber: step.attemptNumber,
      error: "broken",
      reason,
      chance: 0.9,
    });
};

const restoreEarlier: Action = (shell, { pick }) => {
  const earlier = pickFrom(shell.journal, pick);
  if (earlier === undefined || Context.graph(Machine.context(earlier.before)) === undefined) return;
  if (shell.state !== "paused" && shell.state !== "failed") shell.tell({ type: "pause_workflow" });
  shell.tell({
    type: "restore_checkpoint",
    checkpointData: Context.checkpointData(Machine.context(earlier.before), "earlier"),
  });
};

const anyBatch: Action = (shell, { pick, more }) => {
  shell.tell(start(...[pick, more].slice(0, 1 + (more % 2)).map((index) => `s${index % 13}`)));
};

const strays: readonly WorkflowEvent[] = [
  initiate,
  { type: "parse_workflow" },
  { type: "workflow_parsed", steps: [] },
  { type: "parse_failed", error: "stray" },
  { type: "validate_workflow" },
  { type: "workflow_valid" },
  { type: "workflow_invalid", reason: "stray" },
  { type: "build_graph" },
  graphBuilt([]),
  { type: "graph_invalid", reason: "stray" },
  { type: "schedule_steps", schedule: [] },
  { type: "steps_scheduled" },
  { type: "batch_completed" },
  { type: "all_steps_completed" },
  { type: "checkpoint_restored" },
  { type: "aggregate_results" },
  { type: "steps_due", stepIds: ["s0"] },
  { type: "pause_workflow", reason: "waiting" },
  { type: "results_aggregated", results: {} },
  { type: "complete_workflow", results: {} },
  restore("ghost"),
];

const rarely =
  (action: Action): Action =>
  (shell, choice) => {
    if (choice.more % 5 === 0) action(shell, choice);
  };

const strayEvent: Action = (shell, { pick }) => {
  const event = pickFrom(strays, pick);
  if (event !== undefined) shell.tell(event);
};

/** Any event at any moment, except `reset`. */
const wild: readonly Action[] = [
  ...orderly,
  failOne,
  failOne,
  restoreEarlier,
  anyBatch,
  strayEvent,
  rarely(tell({ type: "workflow_failed", error: "stray", code: "outside" })),
  rarely(tell({ type: "cancel_workflow" })),
];

const startAgain: Action = (shell) => {
  if (shell.tell({ type: "reset" })) shell.begin();
};

function follow(shell: Shell, actions: readonly Action[], script: readonly Choice[]): Shell {
  for (const choice of script) pickFrom(actions, choice.kind)?.(shell, choice);
  return shell;
}

/**
 * A workflow and a run of it. fast-check prints a failing run as its steps and the events that the
 * machine received.
 */
export class RandomRun {
  readonly workflow: Workflow;
  readonly shell: Shell;

  constructor(workflow: Workflow, shell: Shell) {
    this.workflow = workflow;
    this.shell = shell;
  }

  [fc.toStringMethod](): string {
    const told = this.shell.visits.map(
      ({ at, event, outcome }) =>
        `${at} ${JSON.stringify(event)}${outcome.ok ? "" : ` ${outcome.reason}`}`,
    );
    return `${JSON.stringify(this.workflow)}\n${told.join("\n")}\n`;
  }
}

const runsBy = (actions: readonly Action[], of = workflows): fc.Arbitrary<RandomRun> =>
  fc
    .record({ workflow: of, script: choices })
    .map(
      ({ workflow, script }) =>
        new RandomRun(workflow, follow(new Shell(workflow).begin(), actions, script)),
    );

/** Runs without any event that could change the results; some are unfinished. */
export const orderlyRuns = runsBy(orderly);

/** Runs in which any event may occur. */
export const wildRuns = runsBy(wild);

/** Runs in which any event may occur; some are reset and started again. */
export const endlessRuns = runsBy([...wild, startAgain]);

/** The same, of workflows with conditions, groups, items and rounds. */
export const orderlyTreeRuns = runsBy(orderly, trees);
export const treeRuns = runsBy(wild, expiringTrees);

/** The same, of workflows with stops, total timeouts and handlers. */
export const endingRuns = runsBy(
  [...wild, waitUntilDue, settleOne, failOne, rarely(tell({ type: "cancel_workflow" }))],
  endingTrees,
);
