import { ok } from "node:assert/strict";
import type { JournalEntry, RunStatus, WorkflowDefinition } from "@automatosx/schemas";
import type { ExecutionBackend, RunSummary, StartOptions } from "../backend/ExecutionBackend.js";
import type { CommandOutcome, RunCommand } from "../backend/run-command.js";
import type { PreparedWorkflow } from "../definition/PreparedWorkflow.js";
import { prepareWorkflow } from "../definition/prepare-workflow.js";
import { resolveInputs } from "../definition/resolve-inputs.js";
import type { AgentNote, AgentScript } from "./backend-suite-agent.js";
import type { BackendHarness, GoldenRun, KillTarget } from "./backend-suite-harness.js";

/** How long a case waits for one thing, in ms. */
const PATIENCE_MS = 30_000;
const REST_MS = 60_000;

type Payload = Readonly<Record<string, unknown>>;

/** A step of a case: the instructions for its agent, and its other keys in the workflow. */
export interface TrialStep extends AgentScript {
  readonly after?: readonly string[];
  /** Keys of the step in the workflow: `retries`, `continueOnError`, … */
  readonly keys?: Readonly<Record<string, unknown>>;
}

/** A run that a case has started, and the arguments of its start. */
export interface StartedRun {
  readonly runId: string;
  readonly workflow: Pick<PreparedWorkflow, "definition" | "source">;
  /** True if a part of it was performed before the case began, so that there are no notes of it. */
  readonly isOld?: boolean;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly context: Readonly<Record<string, unknown>>;
}

/** The keys of steps that no agent performs. */
const NOT_AGENTS = ["gate", "wait", "stop", "workflow", "steps", "run"] as const;

/** A workflow for the suite's agent. */
export function trialWorkflow(
  steps: Readonly<Record<string, TrialStep>>,
  rest: object = {},
): PreparedWorkflow {
  return prepareWorkflow({
    id: "conformance",
    name: "conformance",
    ...rest,
    steps: Object.entries(steps).map(([id, { after = [], keys = {}, ...script }]) => ({
      id,
      ...(!NOT_AGENTS.some((key) => key in keys) && {
        agentId: "worker",
        task: JSON.stringify(script),
      }),
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
  /** True once the backend has been given up. */
  hasLeft = false;
  /** The definitions that runs were amended with, by hash. */
  readonly definitions = new Map<string, WorkflowDefinition>();
  /** Attempts interrupted by a kill: their agents cannot record that they ended. */
  readonly openAtKill = new Set<string>();

  /** Reports a measurement: a sentence without a full stop. */
  readonly state: (sentence: string) => void;

  private constructor(
    harness: BackendHarness,
    backend: ExecutionBackend,
    state: (sentence: string) => void,
  ) {
    this.harness = harness;
    this.backend = backend;
    this.state = state;
  }

  static async open(
    harness: BackendHarness,
    state: (sentence: string) => void = () => undefined,
  ): Promise<Trial> {
    return new Trial(harness, await harness.open(), state);
  }

  /** Starts a run, through another client if one is given, and returns its id. */
  async start(
    workflow: PreparedWorkflow,
    options: StartOptions = {},
    backend = this.backend,
  ): Promise<string> {
    const { id: runId } = await this.#until(backend.start(workflow, options));
    this.adopt(runId, workflow, options);
    return runId;
  }

  /** Adds a run to those whose invariants are checked: one that the case did not start itself. */
  adopt(
    runId: string,
    workflow: PreparedWorkflow,
    { inputs = {}, context = {} }: Pick<StartOptions, "inputs" | "context"> = {},
  ): void {
    if (this.runs.some((run) => run.runId === runId)) return;
    const { definition } = workflow;
    this.runs.push({
      ...{ runId, workflow },
      inputs: resolveInputs(definition.inputs, inputs),
      context: { ...definition.context, ...context },
    });
  }

  /** Adds a run that an older version began. */
  adoptOld(run: GoldenRun): void {
    this.runs.push({ ...run, isOld: true });
  }

  /** Leaves a run out of the checks: it was removed. */
  forget(runId: string): void {
    const index = this.runs.findIndex((run) => run.runId === runId);
    if (index !== -1) this.runs.splice(index, 1);
  }

  /** Tells the checks about a definition that a run has been given. */
  knows({ hash, definition }: PreparedWorkflow): void {
    this.definitions.set(hash, definition);
  }

  send(runId: string, command: RunCommand, backend = this.backend): Promise<CommandOutcome> {
    return this.#until(backend.send(runId, command));
  }

  /** Sends a command that must be accepted; returns the id of the checkpoint that it wrote. */
  async tell(runId: string, command: RunCommand, backend = this.backend): Promise<string> {
    const outcome = await this.send(runId, command, backend);
    ok(outcome.ok, outcome.ok ? "" : `${outcome.code}: ${outcome.message}`);
    return outcome.checkpointId ?? "";
  }

  /**
   * Continues a run that no process works on any more, unless the backend does this by itself:
   * after a kill, or once what it waits for has come.
   */
  async goOn(runId: string): Promise<void> {
    if (this.backend.capabilities.continuesUnattended) return;
    const { status, isOrphaned } = await this.summary(runId);
    if (isOrphaned || status === "paused") await this.tell(runId, { verb: "resume" });
  }

  /** Resumes a run that is paused for another reason than that it waits. */
  async resume(runId: string): Promise<void> {
    if ((await this.summary(runId)).status === "paused") await this.tell(runId, { verb: "resume" });
  }

  /** Waits until the run has this status at rest, and returns its summary. */
  async restAs(runId: string, status: RunStatus): Promise<RunSummary> {
    await this.until(`run ${runId} is ${status}`, async () => {
      const summary = await this.rest(runId);
      return summary.status === status && !summary.isOrphaned;
    });
    return this.summary(runId);
  }

  /**
   * Waits until the run has ended or is at rest, and returns its summary. A run that waits for a
   * process to work on it is not at rest.
   */
  async rest(runId: string): Promise<RunSummary> {
    const { continuesUnattended } = this.backend.capabilities;
    for (const endAt = this.harness.clock.now() + REST_MS; ; ) {
      await this.#until(this.#drain(runId));
      const summary = await this.summary(runId);
      if (summary.status !== "running" || !continuesUnattended) return summary;
      if (this.harness.clock.now() > endAt) throw new Error(`run ${runId} does not end`);
      await this.advance(10);
    }
  }

  async summary(runId: string): Promise<RunSummary> {
    const summary = await this.#until(this.backend.get(runId));
    if (summary === undefined) throw new Error(`the backend does not know run ${runId}`);
    return summary;
  }

  /** Waits until an agent has noted this about an attempt. */
  async untilNoted(what: AgentNote["what"], stepId: string, attemptNumber = 1): Promise<void> {
    await this.until(`an agent notes "${what}" of ${stepId}#${attemptNumber}`, () =>
      this.notes(what).some(
        (note) => note.stepId === stepId && note.attemptNumber === attemptNumber,
      ),
    );
  }

  /** Waits until a condition holds; rejects if it does not hold within the patience of the case. */
  async until(
    what: string,
    holds: () => boolean | Promise<boolean>,
    patienceMs = PATIENCE_MS,
  ): Promise<void> {
    const { clock } = this.harness;
    for (const endAt = clock.now() + patienceMs; !(await holds()); ) {
      if (clock.now() > endAt) throw new Error(`not within ${patienceMs} ms: ${what}`);
      await clock.advance(10);
    }
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

  /** Attempts in the order in which they were started, as `STEP#ATTEMPT`. */
  started(runId?: string): readonly string[] {
    return this.notes("started", runId).map(
      ({ stepId, attemptNumber }) => `${stepId}#${attemptNumber}`,
    );
  }

  /** The largest number of attempts that were in flight at once, by the notes of their agents. */
  mostAtOnce(counts: (note: AgentNote) => boolean = () => true): number {
    let most = 0;
    let now = 0;
    for (const note of this.harness.agentLog.read().filter(counts)) {
      now += note.what === "started" ? 1 : -1;
      most = Math.max(most, now);
    }
    return most;
  }

  /** The payloads of a run's rows of one type. */
  async payloads(runId: string, type: string): Promise<readonly Payload[]> {
    const rows = (await this.rows(runId)).filter((row) => row.type === type);
    return rows.map(({ stepId, attemptNumber, payload }) => ({
      ...(JSON.parse(payload) as Payload),
      ...(stepId !== undefined && { stepId }),
      ...(attemptNumber !== undefined && { attemptNumber }),
    }));
  }

  /** The recorded results of a run's steps, by step id; the latest of each. */
  async results(runId: string): Promise<Readonly<Record<string, unknown>>> {
    const results: Record<string, unknown> = {};
    for (const { stepId, result, artifact } of await this.payloads(runId, "step_completed"))
      results[String(stepId)] =
        artifact === undefined
          ? result
          : await this.harness.projection.artifact(artifact as string);
    return results;
  }

  async kill(target: KillTarget): Promise<void> {
    const killed = this.harness.kills?.[target];
    if (killed === undefined) throw new Error(`the harness cannot kill the ${target}`);
    await this.#until(killed());
    this.noteOpen();
  }

  /** Attempts that are in flight now may never be noted as ended. */
  noteOpen(): void {
    for (const name of openAttempts(this.harness.agentLog.read())) this.openAtKill.add(name);
  }

  async #drain(runId: string): Promise<void> {
    for await (const _ of this.backend.journal(runId));
  }

  #until<T>(promise: Promise<T>): Promise<T> {
    return this.harness.clock.until(promise);
  }
}
