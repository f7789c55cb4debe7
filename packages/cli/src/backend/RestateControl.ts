import type { RestateBackend } from "@automatosx/backend-restate";
import {
  type AmendOptions,
  type BudgetLimits,
  type CancelOptions,
  type CommandOutcome,
  type EditOptions,
  type PreparedWorkflow,
  type Preview,
  type PreviewOptions,
  previewStored,
  type ReopenOptions,
  type RunCommand,
  type RunSummary,
  type SentSignal,
  type StepAnswer,
  WorkflowError,
  type WorkflowSource,
} from "@automatosx/workflow";
import { findRun, stepPlace } from "@automatosx/workflow/observe";
import { UsageError } from "../UsageError.js";
import type { RunControl } from "./RunControl.js";
import type { Replica } from "./restate-replica.js";

/** Says for what a command waits that takes long: see `announcingSlow`. */
export type Announcing = <T>(sent: Promise<T>) => Promise<T>;

/** Controls the runs of a Restate server. Each command settles when the run has accepted it. */
export class RestateControl implements RunControl {
  readonly #client: RestateBackend;
  readonly #announcing: Announcing;
  /** The copies of the runs. */
  readonly storage: Replica;

  constructor(client: RestateBackend, storage: Replica, announcing: Announcing) {
    this.#client = client;
    this.#announcing = announcing;
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
    // The path may lead into a child run, as that of an engine.
    const { run, stepId: inner } = stepPlace(this.storage, findRun(this.storage, runId), stepId);
    await this.#send(run.runId, { verb: "answer", stepId: inner, answer });
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

  async amend(runId: string, source: WorkflowSource, options: AmendOptions = {}): Promise<void> {
    await this.#settled(this.#client.amend(runId, prepared(source), options));
  }

  async preview(runId: string, what: Preview, options: PreviewOptions = {}) {
    return previewStored(this.storage, runId, what, { ...options, now: Date.now() });
  }

  async fork(): Promise<RunSummary> {
    throw new UsageError("A run of Restate cannot be forked there.", {
      remedy: "Fork its copy on this machine: name the database with --db, without --backend.",
    });
  }

  #send(runId: string, command: RunCommand): Promise<CommandOutcome & { ok: true }> {
    return this.#settled(this.#client.send(runId, command));
  }

  async #settled(sent: Promise<CommandOutcome>): Promise<CommandOutcome & { ok: true }> {
    const outcome = await this.#announcing(sent);
    if (outcome.ok) {
      await this.storage.refresh();
      return outcome;
    }
    const { code, message, remedy } = outcome;
    throw new WorkflowError(code, message, remedy === undefined ? {} : { remedy });
  }
}

// The commands pass workflows that they have read.
function prepared(source: WorkflowSource): PreparedWorkflow {
  if (typeof source === "object" && "hash" in source && "references" in source) return source;
  throw new UsageError("The workflow is not prepared.", { code: "internal" });
}
