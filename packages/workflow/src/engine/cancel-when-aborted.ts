import type { ActiveRun } from "./ActiveRun.js";

/** Cancels the run when the signal is aborted. A signal may outlive any number of runs: none is held in memory by it. */
export function cancelWhenAborted(run: ActiveRun, signal: AbortSignal): void {
  const cancel = (): void => void run.tell({ type: "cancel_workflow" });
  if (signal.aborted) return cancel();
  signal.addEventListener("abort", cancel, { once: true });
  const forget = (): void => signal.removeEventListener("abort", cancel);
  run.ending.then(forget, forget);
}
