import type { JournalEntry } from "@automatosx/schemas";
import type { WorkflowEvent } from "../core/workflow-state-machine.js";
import type { ToldWith } from "../drive/RunFold.js";
import type { AgentProcess } from "../storage/StoragePort.js";

/** An input of a run: an event with what comes with it, or a process group. */
export type RunInput =
  | { readonly event: WorkflowEvent; readonly given?: ToldWith | undefined }
  | { readonly process: AgentProcess };

/**
 * The inputs of a run since its last durable turn. If the database refuses a turn, the run receives
 * them again, with at most one outcome per turn, so that the refused outcome can be found. Such an
 * outcome is replaced with a failure of its step; all others are recorded unchanged.
 */
export class UnwrittenInputs {
  #inputs: RunInput[] = [];
  #inTurn: RunInput[] = [];
  #queue: RunInput[] = [];
  /** True while each turn contains at most one outcome. */
  #isIsolating = false;
  /** Outcomes that have replaced a refused one. */
  readonly #replacements = new WeakSet<WorkflowEvent>();

  /** Adds an input that the run has accepted. */
  add(input: RunInput): void {
    this.#inputs.push(input);
  }

  /** True while inputs wait to be resubmitted. */
  get isWaiting(): boolean {
    return this.#queue.length > 0;
  }

  /** Adds an input behind those that wait to be resubmitted. */
  enqueue(input: RunInput): void {
    this.#queue.push(input);
  }

  /** Drops the inputs that wait to be resubmitted: the run no longer accepts any. */
  clear(): void {
    this.#queue = [];
  }

  /** The inputs so far are in the turn that is being written. */
  turnTaken(): void {
    // The lists change places, because two new ones for each step would cost a chain a few percent.
    const written = this.#inTurn;
    this.#inTurn = this.#inputs;
    this.#inputs = written;
  }

  /** The turn is durable. */
  turnWritten(): void {
    // Unlike a length of 0, `pop` keeps the memory of the list.
    while (this.#inTurn.length > 0) this.#inTurn.pop();
    if (this.#queue.length === 0) this.#isIsolating = false;
  }

  /**
   * The database refused the turn. Returns the inputs that are not resubmitted, which are requests
   * for a checkpoint, because their callers know the id of a checkpoint that does not exist.
   * Returns undefined if the turn has no outcome that can be replaced.
   */
  turnRefused(reason: string): readonly RunInput[] | undefined {
    const [outcome] = this.#inTurn.filter(isOutcome);
    if (outcome === undefined) return undefined;
    let refused = this.#inTurn;
    if (this.#isIsolating) {
      if (this.#replacements.has(outcome.event)) return undefined;
      const replacement = { event: failureOf(outcome.event, reason) };
      this.#replacements.add(replacement.event);
      refused = refused.map((input) => (input === outcome ? replacement : input));
    }
    const all = [...refused, ...this.#inputs, ...this.#queue];
    this.#queue = all.filter((input) => !isCheckpointRequest(input));
    this.#inTurn = [];
    this.#inputs = [];
    this.#isIsolating = true;
    return all.filter(isCheckpointRequest);
  }

  /** Removes and returns the next inputs to resubmit: up to and including the next outcome. */
  next(): readonly RunInput[] {
    const outcome = this.#queue.findIndex(isOutcome);
    return this.#queue.splice(0, outcome < 0 ? this.#queue.length : outcome + 1);
  }
}

type Outcome = Extract<
  WorkflowEvent,
  { readonly type: "step_completed" | "step_answered" | "step_failed" }
>;

const OUTCOMES: ReadonlySet<string> = new Set<Outcome["type"]>([
  "step_completed",
  "step_answered",
  "step_failed",
]);

/** Whether the input is the outcome of an attempt. */
export function isOutcome(input: RunInput): input is { readonly event: Outcome } {
  return "event" in input && OUTCOMES.has(input.event.type);
}

function isCheckpointRequest(input: RunInput): boolean {
  return "event" in input && input.event.type === "create_checkpoint";
}

function failureOf({ stepId, attemptNumber }: Outcome, reason: string): WorkflowEvent {
  const error = `its outcome cannot be recorded: ${reason}`.toWellFormed();
  return { type: "step_failed", stepId, attemptNumber, error, reason: "invalid", chance: 0 };
}

/** Whether the run is steered from outside: paused, resumed or cancelled. */
export function isSteering({ type }: WorkflowEvent): boolean {
  return type === "pause_workflow" || type === "resume_workflow" || type === "cancel_workflow";
}

/** An attempt that was lost with its engine is no evidence that the run can continue. */
export function isOwnOutcome({ type, payload }: JournalEntry): boolean {
  return (
    type === "step_completed" ||
    type === "step_answered" ||
    (type === "step_failed" && !payload.includes('"reason":"interrupted"'))
  );
}
