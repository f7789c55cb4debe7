import type { JournalEntry } from "@automatosx/schemas";
import type {
  BackendReading,
  Capabilities,
  ExecutionBackend,
  JournalOptions,
  RunFilter,
  RunRef,
  RunSummary,
  StartOptions,
} from "../backend/ExecutionBackend.js";
import type {
  AmendOptions,
  BudgetLimits,
  CancelOptions,
  CommandOutcome,
  EditOptions,
  ReopenOptions,
  RunCommand,
  SentSignal,
  StepAnswer,
} from "../backend/run-command.js";
import type { CheckpointManager } from "../checkpoint/CheckpointManager.js";
import { checkOptions } from "../checks/check-options.js";
import type { StepPreview } from "../core/preview.js";
import type { PreparedWorkflow, WorkflowFormat } from "../definition/PreparedWorkflow.js";
import type { WorkflowSource } from "../definition/WorkflowSource.js";
import type { DefinitionIssue } from "../errors.js";
import { listOpenQuestions, type OpenQuestion } from "../journal/open-questions.js";
import type { FollowedRun } from "../observe/follow-run.js";
import { checkRetention } from "../retention/RetentionPolicy.js";
import type { StoragePort } from "../storage/StoragePort.js";
import { adoptRun } from "./adopt-run.js";
import type { Afterwards } from "./afterwards.js";
import { amendRun } from "./amend-run.js";
import { tellAndResume } from "./answer-run.js";
import type { EngineOptions, EngineStats } from "./EngineOptions.js";
import { EngineParts } from "./EngineParts.js";
import { embeddedReading } from "./embedded-reading.js";
import {
  CANCEL_CHECKS,
  checkId,
  EDIT_CHECKS,
  ENGINE_CHECKS,
  REOPEN_CHECKS,
} from "./engine-option-checks.js";
import type { ForkOptions } from "./ForkOptions.js";
import { followJournal } from "./follow.js";
import { forkRun } from "./fork-run.js";
import type { Preview, PreviewOptions } from "./PreviewOptions.js";
import { previewRun } from "./preview-run.js";
import type { Recovered } from "./Recovery.js";
import type { RunEnding } from "./RunEnding.js";
import type { EventsOptions, RunHandle } from "./RunHandle.js";
import { recoverRuns } from "./recover-runs.js";
import { resultsOf } from "./results-of.js";
import { resumeByUser } from "./resume-by-user.js";
import type { ResumeChanges } from "./resume-changes.js";
import { handleOf } from "./resume-run.js";
import { findSummary, listSummaries } from "./run-summary.js";
import { sendCommand } from "./send-command.js";
import { sendForOutcome } from "./send-for-outcome.js";
import { startRun } from "./start-run.js";
import { checkCommand } from "./validate-options.js";
import { waitForRun } from "./wait-for-run.js";
import { type EnqueueOptions, enqueueRun } from "./worker/enqueue-run.js";
import type { Work, WorkOptions } from "./worker/WorkOptions.js";

const CAPABILITIES: Capabilities = {
  continuesUnattended: false,
  survivesServerRestart: false,
  limitsAgentsGlobally: false,
};

/**
 * Runs workflows durably in this process, on SQLite. The core decides, the engine acts, and it acts
 * on a decision only once that is on disk. `EngineParts` connects the parts that implement these
 * methods.
 */
export class WorkflowEngine implements ExecutionBackend {
  /** Identifies the embedded engine among the backends. */
  readonly id = "embedded";
  /** What this backend can do: it works only while this process lives. */
  readonly capabilities = CAPABILITIES;
  /** Reads logs, attempts, checkpoints and definitions. */
  readonly reading: BackendReading;
  readonly #parts: EngineParts;

  private constructor(options: EngineOptions) {
    this.#parts = new EngineParts(options);
    this.reading = embeddedReading(this.#parts.storage);
  }

  /**
   * Opens the database; creates or migrates it if needed. Throws `invalid_argument` or
   * `database_*`.
   */
  static async open(options: EngineOptions = {}): Promise<WorkflowEngine> {
    checkOptions<EngineOptions>("WorkflowEngine.open", options, ENGINE_CHECKS);
    if (options.retention !== undefined) checkRetention(options.retention);
    const engine = new WorkflowEngine(options);
    try {
      if (options.recover === true) await engine.recover();
    } catch (error) {
      await engine.close();
      throw error;
    }
    engine.#parts.retention?.start();
    engine.#parts.notifier?.start();
    return engine;
  }

  /** The database of this engine, for reading only. Only the engine may write to it. */
  get storage(): StoragePort {
    return this.#parts.storage;
  }

  /** The checkpoints of the runs in the database. */
  get checkpoints(): CheckpointManager {
    return this.#parts.checkpoints;
  }

  /**
   * Starts a workflow: YAML or JSON text, the same as data, or the result of `prepareWorkflow`.
   * Settles when the start of the run is durable. With the `runId` of an existing run, it returns
   * that run instead: see `StartOptions.runId`.
   *
   * Throws `invalid_definition`, `invalid_input`, `invalid_argument`, `unknown_agent`, `run_exists`
   * or `run_owned_elsewhere`; then nothing was started.
   */
  async start(source: WorkflowSource, options: StartOptions = {}): Promise<RunHandle> {
    this.#parts.assertExecutes("start");
    return startRun(this.#parts, source, options);
  }

  /**
   * Queues a workflow for workers: engines that `work` on this database, in this or in other
   * processes. Settles when the beginning of the run is durable, with its inputs, context and
   * limits. Its agents are those of the workers, so they are not checked here. With the `runId` of
   * an existing run, it returns that run instead, as `start` does, and queues it if it is paused or
   * has failed.
   *
   * Throws `invalid_definition`, `invalid_input`, `invalid_argument` or `run_exists`; then nothing
   * was queued.
   */
  async enqueue(source: WorkflowSource, options: EnqueueOptions = {}): Promise<RunRef> {
    const run = await enqueueRun(this.#parts, source, options);
    this.#parts.runQueued();
    return run;
  }

  /**
   * Works on the runs of this database that no engine works on: queued runs, those of dead engines,
   * and those that wait and have something to do. Claims at most `slots` of them at once, oldest
   * first, and shares them with the workers in other processes. The leases of an engine that cannot
   * be seen must have expired. A run that fails to be recovered three times is skipped, as with
   * `recover`.
   *
   * Returns at once; it works until it is drained or the engine is closed. Throws
   * `invalid_argument` if this engine works already.
   *
   * @example
   * const work = engine.work({ slots: 4 });
   * process.once("SIGTERM", () => work.drain(60_000).then(() => engine.close()));
   */
  work(options: WorkOptions): Work {
    return this.#parts.work(options);
  }

  /**
   * Runs a workflow to its end and returns the results of its steps, by step id. Throws the same
   * errors as `start`, and `run_failed`, `run_cancelled`, `run_paused` or `database_unusable` if
   * there are no results.
   */
  async execute(
    source: WorkflowSource,
    format?: WorkflowFormat,
    context?: Readonly<Record<string, unknown>>,
  ): Promise<RunEnding["results"]> {
    const run = await this.start(source, {
      ...(format !== undefined && { format }),
      ...(context !== undefined && { context }),
    });
    return resultsOf(await run.ending);
  }

  /**
   * Waits for the ending of a run that is active in this engine or has ended. A unique part of a
   * generated run id is enough. Throws `run_not_found` or `run_owned_elsewhere`.
   */
  async waitForCompletion(runId: string): Promise<RunEnding> {
    checkId(runId);
    return waitForRun(this.#parts, runId);
  }

  /**
   * Continues a run that is paused, failed, or orphaned by an engine that died; no completed step
   * is run again. With the id of a checkpoint, the run is first restored to that checkpoint. A
   * unique part of a generated run id is enough. If the lease of the run has expired, but its owner
   * may be suspended, it first waits 20 seconds for a renewal. With `changes.budget`, the run first
   * gets these limits. Its child runs are resumed with it, and a run that waits for it too. Throws
   * `run_not_found`, `run_owned_elsewhere`, `run_not_resumable` or `unknown_agent`.
   */
  async resume(id: string, changes: ResumeChanges = {}): Promise<RunHandle> {
    return resumeByUser(this.#parts, id, changes);
  }

  /**
   * Takes a run and its child runs away from the backend that executes them (`RunSummary.backend`),
   * and continues the run in this engine from the copy in its database: no completed step is run
   * again, and attempts in flight are tried again, as after a crash. First cut the run off from the
   * backend, which does not notice and would execute it as well. Throws `run_not_resumable` for a
   * run of this database, and the errors of `resume`.
   */
  async adopt(runId: string): Promise<RunHandle> {
    checkId(runId);
    this.#parts.assertExecutes("adopt");
    return adoptRun(this.#parts, runId);
  }

  /**
   * Resumes every unfinished run whose engine has died, those that this engine dropped because its
   * storage failed, and those that wait and have something to do: a question has expired, or was
   * answered by a process that did not resume the run. A run that cannot be resumed is reported in
   * `problems`. A run whose lease has expired, but whose owner may be suspended, is reported in
   * `waiting` and resumed 20 seconds later, unless its owner renews the lease. Runs whose last
   * recovery ended without a recorded outcome are resumed last, one at a time. After three such
   * recoveries in a row, a run is quarantined (`run_quarantined`) until it is resumed by its id.
   */
  async recover(): Promise<Recovered> {
    return recoverRuns(this.#parts);
  }

  /** Pauses a run, whichever process owns it. See `RunHandle.pause`. */
  async pause(runId: string): Promise<void> {
    await sendCommand(this.#parts, runId, { verb: "pause" });
  }

  /** Ends a run permanently, whichever process owns it. See `RunHandle.cancel`. */
  async cancel(runId: string, options: CancelOptions = {}): Promise<void> {
    checkOptions<CancelOptions>("cancel", options, CANCEL_CHECKS);
    await sendCommand(this.#parts, runId, { verb: "cancel", ...options });
  }

  /** Writes a checkpoint of a run, whichever process owns it, and returns the checkpoint's id. */
  async checkpoint(runId: string, name?: string): Promise<string> {
    const command = { verb: "checkpoint", ...(name !== undefined && { name }) } as const;
    return (await sendCommand(this.#parts, runId, command)) ?? "";
  }

  // --- what runs wait for

  /**
   * Returns what runs wait for: open gates, awaited signals, and steps whose outcome is unknown.
   * With an id or a part of one, of that run and its child runs only. Throws `run_not_found` or
   * `journal_damaged`.
   */
  async gates(runId?: string): Promise<readonly OpenQuestion[]> {
    if (runId !== undefined) checkId(runId);
    return listOpenQuestions(this.#parts.storage, runId);
  }

  /**
   * Answers an open gate, or settles the unknown outcome of a step, whichever process
   * owns the run. Settles when the answer is durable. A run that has paused itself to wait is then
   * resumed in this engine, and its handle returned, unless `resume` is false. A step of a child
   * run is named by its path, such as `audit.review`, or by its id with the id of the child run;
   * then the run that waits for the child run is resumed.
   *
   * Throws `gate_not_open`, `older_attempt` or `invalid_answer`; then nothing is recorded.
   */
  async answer(
    runId: string,
    stepId: string,
    answer: StepAnswer,
    afterwards: Afterwards = {},
  ): Promise<RunHandle | undefined> {
    const command = { verb: "answer", stepId, answer } as const;
    return tellAndResume(this.#parts, runId, command, afterwards);
  }

  /**
   * Sends a signal to a run, whichever process owns it. It goes to the step that has waited longest
   * for its name, or is kept for the next one. Settles and resumes the run as `answer` does.
   *
   * Throws `duplicate_signal`, `signals_full` or `invalid_answer`; then nothing is recorded.
   */
  async signal(
    runId: string,
    name: string,
    signal: SentSignal = {},
    afterwards: Afterwards = {},
  ): Promise<RunHandle | undefined> {
    const command = { ...signal, verb: "signal", name } as const;
    return tellAndResume(this.#parts, runId, command, afterwards);
  }

  /**
   * Gives a run new limits, whichever process owns it. A limit that is not named stays as it is. It
   * starts nothing: see `resume`.
   */
  async raiseBudget(
    runId: string,
    budget: BudgetLimits,
    { by }: { readonly by?: string } = {},
  ): Promise<void> {
    const command = { verb: "budget", budget, ...(by !== undefined && { by }) } as const;
    checkCommand(command);
    await sendCommand(this.#parts, runId, command);
  }

  // --- going back

  /**
   * Replaces the result of a completed step, whichever process owns the run. Steps whose requests
   * change with it lose their results; all others are kept. Starts nothing: see `resume`.
   *
   * Throws `step_not_completed`, `older_attempt` or `invalid_answer`; then nothing is recorded.
   */
  async editResult(
    runId: string,
    stepId: string,
    result: unknown,
    options: EditOptions = {},
  ): Promise<void> {
    checkOptions<EditOptions>("editResult", options, EDIT_CHECKS);
    const command = { ...options, verb: "edit", stepId, result } as const;
    checkCommand(command);
    await sendCommand(this.#parts, runId, command);
  }

  /**
   * Discards the results of steps, which are then performed again, whichever process owns the run.
   * A later step keeps its result if its request turns out to be the same. Starts nothing: see
   * `resume`.
   */
  async reopen(
    runId: string,
    stepIds: readonly string[],
    options: ReopenOptions = {},
  ): Promise<void> {
    checkOptions<ReopenOptions>("reopen", options, REOPEN_CHECKS);
    const command = { ...options, verb: "reopen", stepIds } as const;
    checkCommand(command);
    await sendCommand(this.#parts, runId, command);
  }

  /**
   * Continues a run with another workflow, whichever process owns it. Steps with the same request
   * keep their results; running attempts whose request changed are aborted. Starts nothing: see
   * `resume`. Throws the errors of `start` for the workflow and its inputs.
   */
  async amend(runId: string, source: WorkflowSource, options: AmendOptions = {}): Promise<void> {
    await amendRun(this.#parts, runId, source, options);
  }

  /**
   * Returns what `amend`, `editResult` or `reopen` would do to each step; for a workflow and a run
   * that is completed or cancelled, what `fork` would do. Changes nothing.
   */
  async preview(
    runId: string,
    what: Preview,
    options: PreviewOptions = {},
  ): Promise<readonly StepPreview[]> {
    return previewRun(this.#parts, runId, what, options);
  }

  /**
   * Creates a paused run that begins with the results of another one, as it is now or at a
   * checkpoint, perhaps with another workflow or other inputs. Throws `run_exists`,
   * `checkpoint_not_found`, and the errors of `start`.
   */
  async fork(runId: string, options: ForkOptions = {}): Promise<RunSummary> {
    return forkRun(this.#parts, runId, options);
  }

  // --- ExecutionBackend

  /** Always returns an empty list: this engine supports every workflow. */
  validate(_workflow: PreparedWorkflow): readonly DefinitionIssue[] {
    return [];
  }

  /**
   * See `ExecutionBackend.send`. A run that no living engine owns is resumed in this engine, or
   * queued for workers if it was opened with `executes` false.
   */
  async send(runId: string, command: RunCommand): Promise<CommandOutcome> {
    const outcome = await sendForOutcome(this.#parts, runId, command);
    this.#parts.runQueued();
    return outcome;
  }

  /** See `ExecutionBackend.journal`. */
  journal(runId: string, options: JournalOptions = {}): AsyncIterable<JournalEntry> {
    return followJournal(this.#parts, runId, options);
  }

  /**
   * Returns the runs in the database that match the filter, newest first. A damaged run has its
   * `damage` field set.
   */
  async list(filter: RunFilter = {}): Promise<readonly RunSummary[]> {
    return listSummaries(this.#parts, filter);
  }

  /**
   * Returns the run with this exact id; undefined if it does not exist. Throws `journal_damaged`.
   */
  async get(runId: string): Promise<RunSummary | undefined> {
    return findSummary(this.#parts, runId);
  }

  // --- this engine

  /** Returns the handle of a run that is active in this engine, once its beginning is durable. */
  activeRun(runId: string): RunHandle | undefined {
    const run = this.#parts.runs.begun(runId);
    return run === undefined ? undefined : handleOf(this.#parts, run);
  }

  /** Returns how many runs the database has, by status, and what is active in this engine. */
  getStats(): EngineStats {
    const { runs, storage } = this.#parts;
    return { ...storage.countRuns(), active: runs.size, stepsInFlight: runs.attemptCount };
  }

  /**
   * Yields every event of a run since it began, or after the journal entry `afterSeq`; then each
   * new one, regardless of which process owns the run. Ends when the run has ended or has no living
   * owner, or when `signal` is aborted.
   */
  events(runId: string, options: EventsOptions = {}): FollowedRun {
    return this.#parts.events(runId, options);
  }

  /**
   * Stops and awaits the agents, and releases every run so that this or another process can resume
   * it. To let runs finish, await their endings first.
   */
  close(): Promise<void> {
    return this.#parts.close();
  }

  /** Closes the engine, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
