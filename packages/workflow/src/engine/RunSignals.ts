import type { WorkflowEvent } from "../core/workflow-state-machine.js";
import { asWorkflowError } from "../errors.js";
import { messageOf } from "../message-of.js";
import type { ActiveRun } from "./ActiveRun.js";
import { cancelEvent } from "./perform-command.js";

/**
 * The signals that runs were started with. A signal stays attached while its run is paused, and
 * after the run was resumed in this engine, until the run has ended or the engine is closed. It
 * does not keep the run in memory.
 */
export class RunSignals {
  /** For each run, how to detach its signals; several callers may have started the same run. */
  readonly #detachers = new Map<string, (() => void)[]>();
  readonly #activeRun: (runId: string) => ActiveRun | undefined;
  readonly #cancelAtRest: (runId: string, reason: string) => Promise<unknown>;

  /** `cancelAtRest` cancels a run that is not active. */
  constructor(
    activeRun: (runId: string) => ActiveRun | undefined,
    cancelAtRest: (runId: string, reason: string) => Promise<unknown>,
  ) {
    this.#activeRun = activeRun;
    this.#cancelAtRest = cancelAtRest;
  }

  /** Cancels the run when the signal is aborted, with the signal's reason. */
  attach(runId: string, signal: AbortSignal): void {
    const onAbort = (): void => {
      this.detach(runId);
      this.#cancel(runId, messageOf(signal.reason));
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    const detach = (): void => signal.removeEventListener("abort", onAbort);
    this.#detachers.set(runId, [...(this.#detachers.get(runId) ?? []), detach]);
  }

  /** Forgets the signals of a run. */
  detach(runId: string): void {
    for (const detach of this.#detachers.get(runId) ?? []) detach();
    this.#detachers.delete(runId);
  }

  /** Forgets every signal. */
  clear(): void {
    for (const runId of this.#detachers.keys()) this.detach(runId);
  }

  #cancel(runId: string, reason: string): void {
    const run = this.#activeRun(runId);
    // No caller waits for this: a run that has just ended or been removed cannot be cancelled.
    if (run === undefined) void this.#cancelAtRest(runId, reason).catch(() => undefined);
    else tell(run, cancelEvent(reason));
  }
}

function tell(run: ActiveRun, event: WorkflowEvent): void {
  try {
    run.tell(event);
  } catch (error) {
    run.abandon(asWorkflowError(error, run.runId));
  }
}
