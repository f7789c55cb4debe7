import {
  type BudgetLimits,
  type CancelOptions,
  type CommandOutcome,
  type EditOptions,
  type ExecutionBackend,
  type Preview,
  type PreviewOptions,
  previewStored,
  type ReopenOptions,
  type RunCommand,
  type RunSummary,
  type SentSignal,
  type StepAnswer,
  WorkflowError,
} from "@automatosx/workflow";
import type { StoragePort } from "@automatosx/workflow/observe";
import { UsageError } from "../UsageError.js";
import type { RunControl } from "./RunControl.js";

/** Controls the runs of a Restate server. Each command settles when the run has accepted it. */
export class RestateControl implements RunControl {
  readonly #client: ExecutionBackend;
  /** The copies of the runs. */
  readonly storage: StoragePort;

  constructor(client: ExecutionBackend, storage: StoragePort) {
    this.#client = client;
    this.storage = storage;
  }

  async pause(runId: string): Promise<void> {
    await this.#send(runId, { verb: "pause" });
  }

  async cancel(runId: string, options: CancelOptions = {}): Promise<void> {
    await this.#send(runId, { verb: "cancel", ...options });
  }

  async checkpoint(runId: string, name?: string): Promise<string> {
    const command = { verb: "checkpoint", ...(name !== undefined && { name }) } as const;
    return (await this.#send(runId, command)).checkpointId ?? "";
  }

  async answer(runId: string, stepId: string, answer: StepAnswer): Promise<undefined> {
    await this.#send(runId, { verb: "answer", stepId, answer });
  }

  async signal(runId: string, name: string, signal: SentSignal = {}): Promise<undefined> {
    await this.#send(runId, { ...signal, verb: "signal", name });
  }

  async raiseBudget(
    runId: string,
    budget: BudgetLimits,
    { by }: { readonly by?: string } = {},
  ): Promise<void> {
    await this.#send(runId, { verb: "budget", budget, ...(by !== undefined && { by }) });
  }

  async editResult(
    runId: string,
    stepId: string,
    result: unknown,
    options: EditOptions = {},
  ): Promise<void> {
    await this.#send(runId, { ...options, verb: "edit", stepId, result });
  }

  async reopen(
    runId: string,
    stepIds: readonly string[],
    options: ReopenOptions = {},
  ): Promise<void> {
    await this.#send(runId, { ...options, verb: "reopen", stepIds });
  }

  async amend(): Promise<void> {
    throw unsupported("amended");
  }

  async preview(runId: string, what: Preview, options: PreviewOptions = {}) {
    return previewStored(this.storage, runId, what, { ...options, now: Date.now() });
  }

  async fork(): Promise<RunSummary> {
    throw unsupported("forked");
  }

  async #send(runId: string, command: RunCommand): Promise<CommandOutcome & { ok: true }> {
    const outcome = await this.#client.send(runId, command);
    if (outcome.ok) return outcome;
    const { code, message, remedy } = outcome;
    throw new WorkflowError(code, message, remedy === undefined ? {} : { remedy });
  }
}

function unsupported(what: string): UsageError {
  return new UsageError(`A run of Restate cannot be ${what} there.`, {
    remedy: "Continue it on this machine with `axw resume RUN --adopt`.",
  });
}
