import type { WorkflowEngine } from "@automatosx/workflow";
import type { Output } from "../Output.js";

/** How long nothing is said about deliveries, in ms. */
const QUIET_MS = 1_000;

/** Says that a process stays because of notices that are still being delivered. */
export class DeliveryWait {
  readonly #out: Output;
  #timer: NodeJS.Timeout | undefined;

  constructor(out: Output) {
    this.#out = out;
  }

  /** Begins with the end of a run, before its engine is closed. */
  begin({ storage }: WorkflowEngine, runId: string): void {
    const { journalSeq = 0 } = storage.getRun(runId) ?? {};
    if (!storage.notices.ofRun(runId).some(({ seq }) => seq < journalSeq)) return;
    this.#timer = setTimeout(() => {
      this.#out.line("Delivering the notices of this run, for at most 10s…");
    }, QUIET_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
