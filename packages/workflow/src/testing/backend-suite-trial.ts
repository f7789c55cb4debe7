import type { JournalEntry } from "@automatosx/schemas";
import type { ExecutionBackend, RunSummary, StartOptions } from "../backend/ExecutionBackend.js";
import type { CommandOutcome, RunCommand } from "../backend/run-command.js";
import type { PreparedWorkflow } from "../definition/PreparedWorkflow.js";
import { prepareWorkflow } from "../definition/prepare-workflow.js";
import type { AgentNote, AgentScript } from "./backend-suite-agent.js";
import type { BackendHarness, KillTarget } from "./backend-suite-harness.js";

/** A step of a case: the instructions for its agent, and its other keys in the workflow. */
export interface TrialStep extends AgentScript {
  readonly after?: readonly string[];
  /** Keys of the step in the workflow: `retries`, `continueOnError`, … */
  readonly keys?: Readonly<Record<string, unknown>>;
}

/** A run that a case has started, and the arguments of its start. */
export interface StartedRun {
  readonly runId: string;
  readonly workflow: PreparedWorkflow;
  readonly context: Readonly<Record<string, unknown>>;
}

/** A workflow for the suite's agent. */
export function trialWorkflow(
  steps: Readonly<Record<string, TrialStep>>,
  rest: object = {},
): PreparedWorkflow {
  return prepareWorkflow({
    id: "conformance",
    name: "conformance",
    ...rest,
    steps: Object.entries(steps).map(([id, { after = [], keys, ...script }]) => ({
      id,
      agentId: "worker",
      task: JSON.stringify(script),
      dependencies: after,
      ...keys,
    })),
  });
}

/** The unique name of an attempt across all runs: `RUN/STEP#ATTEMPT`. */
export function fullNameOf(attempt: {
  readonly runId: string;
  readonly stepId?: string;
  readonly attemptNumber?: number;
}): string {
  return `${attempt.runId}/${attempt.stepId}#${attempt.attemptNumber}`;
}

/** Attempts that were started and have not ended, according to these notes. */
export function openAttempts(notes: readonly AgentNote[]): readonly string[] {
  const open = new Set<string>();
  for (const note of notes) {
    if (note.what === "started") open.add(fullNameOf(note));
    else open.delete(fullNameOf(note));
  }
  return [...open];
}

/**
 * A test case in progress: its backend, the runs it has started, and the operations it can perform.
 */
export class Trial {
  readonly harness: BackendHarness;
  readonly backend: ExecutionBackend;
  readonly runs: StartedRun[] = [];
  /** Attempts interrupted by a kill: their agents cannot record that they ended. */
  readonly openAtKill = new Set<string>();

  private constructor(harness: BackendHarness, backend: ExecutionBackend) {
    this.harness = harness;
    this.backend = backend;
  }

  static async open(harness: BackendHarness): Promise<Trial> {
    return new Trial(harness, await harness.open());
  }

  /** Starts a run, through another client if one is given, and returns its id. */
  async start(
    workflow: PreparedWorkflow,
    options: StartOptions = {},
    backend = this.backend,
  ): Promise<string> {
    const { id: runId } = await this.#until(backend.start(workflow, options));
    const context = { ...workflow.definition.context, ...options.context };
    if (!this.runs.some((run) => run.runId === runId)) this.runs.push({ runId, workflow, context });
    return runId;
  }

  send(runId: string, command: RunCommand, backend = this.backend): Promise<CommandOutcome> {
    return this.#until(backend.send(runId, command));
  }

  /** Waits until the run has ended or is at rest. */
  async rest(runId: string): Promise<RunSummary> {
    await this.#until(this.#drain(runId));
    return this.summary(runId);
  }

  async summary(runId: string): Promise<RunSummary> {
    const summary = await this.#until(this.backend.get(runId));
    if (summary === undefined) throw new Error(`the backend does not know run ${runId}`);
    return summary;
  }

  /** Waits until an agent has noted this about an attempt. */
  async untilNoted(what: AgentNote["what"], stepId: string, attemptNumber = 1): Promise<void> {
    const isNoted = (): boolean =>
      this.notes(what).some(
        (note) => note.stepId === stepId && note.attemptNumber === attemptNumber,
      );
    for (let tries = 0; tries < 3000 && !isNoted(); tries += 1)
      await this.harness.clock.advance(10);
    if (!isNoted()) throw new Error(`no agent noted "${what}" of ${stepId}#${attemptNumber}`);
  }

  /** The notes of this kind so far; with a run id, only those of that run. */
  notes(what: AgentNote["what"], runId?: string): readonly AgentNote[] {
    return this.harness.agentLog
      .read()
      .filter((note) => note.what === what && (runId === undefined || note.runId === runId));
  }

  rows(runId: string): Promise<readonly JournalEntry[]> {
    return this.#until(this.harness.projection.rows(runId));
  }

  advance(durationMs: number): Promise<void> {
    return this.harness.clock.advance(durationMs);
  }

  async kill(target: KillTarget): Promise<void> {
    await this.harness.clock.until(this.harness.kill?.(target) ?? Promise.resolve());
    for (const name of openAttempts(this.harness.agentLog.read())) this.openAtKill.add(name);
  }

  async #drain(runId: string): Promise<void> {
    for await (const _ of this.backend.journal(runId));
  }

  #until<T>(promise: Promise<T>): Promise<T> {
    return this.harness.clock.until(promise);
  }
}
