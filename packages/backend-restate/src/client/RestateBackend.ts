import { setTimeout as delay } from "node:timers/promises";
import type { DefinitionIssue, JournalEntry } from "@automatosx/schemas";
import {
  type AmendOptions,
  type Capabilities,
  type CommandOutcome,
  checkStart,
  type ExecutionBackend,
  type JournalOptions,
  type PreparedWorkflow,
  type RunCommand,
  type RunFilter,
  type RunRef,
  type RunSummary,
  type StartOptions,
  systemPorts,
  WorkflowError,
} from "@automatosx/workflow";
import { messageOf } from "@automatosx/workflow/errors";
import {
  backendIssues,
  type CheckpointData,
  checkCommand,
  exactCommand,
  inputsFor,
  outcomeOfRefusal,
  runExists,
  storedDefinitions,
} from "@automatosx/workflow/hosting";
import type { ChildRef } from "../children/family-messages.js";
import { CORE_FORMAT } from "../core-format.js";
import { BACKEND_ID, CLIENT_SERVICE, INBOX_OBJECT, RUN_OBJECT } from "../names.js";
import { Seal } from "../Seal.js";
import type { ArtifactPiece } from "../services/client-service.js";
import { MAX_TIMEOUT_MS } from "../services/settings.js";
import type {
  LogPieces,
  LogsQuery,
  PresentRun,
  RowsAnswer,
  RowsMessage,
  RunRow,
  SentCommand,
  StartAnswer,
} from "../wire.js";
import { Admin, literal } from "./Admin.js";
import { type BackendCheck, checkServer, slotsOf } from "./check-server.js";
import { type CallOptions, HttpClient, RefusedCall } from "./HttpClient.js";
import { startMessage } from "./start-message.js";

/** How often a journal is read while it is followed, in ms; what happens meanwhile is collected. */
const POLL_MS = 150;

/** A journal in which nothing happens is read less often: after this part of the time since. */
const SLOWER = 0.2;
const MAX_POLL_MS = 1000;

/** How long reading a run, and a command, wait for a worker, in ms. */
const READ_MS = 10_000;
const COMMAND_MS = 20_000;

/** The status with which a server refuses to call a service that no worker has. */
const NOT_FOUND = 404;

const CAPABILITIES: Capabilities = {
  continuesUnattended: true,
  survivesServerRestart: true,
  limitsAgentsGlobally: false,
};

/** How to reach a Restate server. */
export interface RestateBackendOptions {
  /** The URL of its ingress: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** The URL of its admin API. Without it, runs cannot be listed and agents are not checked. */
  readonly adminUrl?: string;
  /** How often a journal is read while it is followed, in ms. Default 150. */
  readonly pollMs?: number;
  /** The key with which the workers seal what the server stores, in hex. Default: no seal. */
  readonly sealingKey?: string;
  /** Which workers can fold the runs that are started. For tests of versions. @internal */
  readonly coreFormat?: string;
}

/** Runs on a Restate server, which calls the workers that `serveRestateWorker` starts. */
export class RestateBackend implements ExecutionBackend {
  /** Identifies this backend in URLs and in the rows of runs. */
  readonly id = BACKEND_ID;
  /** What this backend can do: its runs continue as long as there are workers. */
  readonly capabilities = CAPABILITIES;
  readonly #ingress: HttpClient;
  readonly #admin: Admin | undefined;
  readonly #pollMs: number;
  readonly #coreFormat: string;
  readonly #seal: Seal | undefined;
  /** The agents that workers serve, if the admin API is known. */
  #agents: ReadonlySet<string> | undefined;

  private constructor({
    url,
    adminUrl,
    pollMs = POLL_MS,
    coreFormat = CORE_FORMAT,
    sealingKey,
  }: RestateBackendOptions) {
    this.#seal = sealingKey === undefined ? undefined : new Seal(sealingKey);
    this.#coreFormat = coreFormat;
    this.#ingress = new HttpClient(url, "ingress", this.#seal);
    this.#admin = adminUrl === undefined ? undefined : new Admin(adminUrl);
    this.#pollMs = pollMs;
  }

  /**
   * Connects to a server. Throws `database_busy` if it does not answer, and `database_unusable` if
   * something else answers.
   */
  static async open(options: RestateBackendOptions): Promise<RestateBackend> {
    const backend = new RestateBackend(options);
    if (backend.#admin === undefined) await backend.#ingress.probe("/restate/health");
    else backend.#agents = new Set(Object.keys(slotsOf(await backend.#admin.services())));
    return backend;
  }

  /**
   * Lists the features of a workflow that this backend does not support, and the agents that no
   * worker served when the backend was opened or last checked.
   */
  validate(workflow: PreparedWorkflow): readonly DefinitionIssue[] {
    return backendIssues(workflow, {
      agents: this.#agents,
      maxTimeoutMs: MAX_TIMEOUT_MS,
      cache: false,
    });
  }

  /** Returns what the server knows of its workers, and what fails on it. Needs the admin API. */
  async check(): Promise<BackendCheck> {
    const [found, unreachable] = await Promise.all([
      checkServer(this.#needAdmin()),
      this.#ingress.probe("/restate/health").then(() => undefined, messageOf),
    ]);
    this.#agents = new Set(Object.keys(found.agents));
    if (unreachable === undefined) return found;
    const problem = `No run can be started or read: ${unreachable}`;
    return { ...found, problems: [problem, ...found.problems] };
  }

  /**
   * Starts a run, or joins the run with this id; see `ExecutionBackend.start`. An agent that no
   * worker serves is no error: its step waits for one.
   */
  async start(workflow: PreparedWorkflow, options: StartOptions = {}): Promise<RunRef> {
    checkStart(workflow, options);
    options.signal?.throwIfAborted();
    const { clock, ids } = systemPorts;
    const runId = options.runId ?? ids.next();
    const message = startMessage(workflow, options, {
      ...{ runId, now: clock.now(), coreFormat: this.#coreFormat },
    });
    const answer = await this.#inbox<StartAnswer>(runId, "start", message, {
      idempotencyKey: ids.next(),
      answerMs: COMMAND_MS,
    });
    if (!answer.ok) throw runExists(runId, `was started with ${answer.differences.join(" and ")}`);
    if (!answer.begun) await this.#joined(runId);
    options.signal?.addEventListener("abort", () => void this.send(runId, { verb: "cancel" }), {
      once: true,
    });
    return { id: runId, workflowId: workflow.definition.id };
  }

  /** See `ExecutionBackend.send`. An `amend` needs its definition: see `amend`. */
  async send(
    runId: string,
    command: RunCommand,
    details: Omit<SentCommand, "runId" | "command"> = {},
  ): Promise<CommandOutcome> {
    try {
      checkCommand(command);
      if ((await this.#row(runId)) === null) throw notFound(runId);
      return await this.#command({ runId, command: exactCommand(command), ...details });
    } catch (error) {
      const outcome = outcomeOfRefusal(error);
      if (outcome === undefined) throw error;
      return outcome;
    }
  }

  /**
   * Continues a run with another workflow, as `WorkflowEngine.amend` does. Throws `invalid_input`
   * and `run_not_found`.
   */
  async amend(
    runId: string,
    workflow: PreparedWorkflow,
    { inputs: given, by }: AmendOptions = {},
  ): Promise<CommandOutcome> {
    const present = await this.#run<PresentRun | null>(runId, "present");
    if (present === null) throw notFound(runId);
    const inputs = inputsFor(workflow, present, given);
    const stored = storedDefinitions(workflow, systemPorts.clock.now());
    const [definition, ...children] = stored;
    const command: RunCommand = {
      ...({ verb: "amend", definitionHash: workflow.hash, inputs } as const),
      ...(by !== undefined && { by }),
    };
    return this.send(runId, command, {
      ...(definition !== undefined && { definition }),
      ...(children.length > 0 && { children }),
    });
  }

  /**
   * Restores a run to a checkpoint and continues it, as `WorkflowEngine.resume` does. The
   * checkpoint is that of a copy of the run: `CheckpointManager.loadCheckpoint` reads it.
   */
  restore(runId: string, checkpoint: CheckpointData): Promise<CommandOutcome> {
    return this.send(runId, { verb: "resume" }, { checkpoint });
  }

  /** Removes a run that has ended from the server, with its child runs. Their copies stay. */
  async remove(runId: string): Promise<void> {
    const row = await this.#row(runId);
    if (row === null) throw notFound(runId);
    if (row.status === "running" || row.status === "paused")
      throw new WorkflowError("run_not_resumable", `Run ${runId} has not ended.`, {
        ...{ runId, remedy: "Cancel it first." },
      });
    if (row.parentRunId !== undefined)
      throw new WorkflowError(
        "invalid_argument",
        `Run ${runId} belongs to run ${row.parentRunId}.`,
        {
          ...{ runId, remedy: "Remove that one: its child runs are removed with it." },
        },
      );
    await this.#remove(runId);
  }

  // The deepest first, so that a removal can be tried again.
  async #remove(runId: string): Promise<void> {
    for (const child of await this.childRuns(runId)) await this.#remove(child);
    await this.#run(runId, "purge");
    await this.#inbox(runId, "purge");
  }

  /** Returns the ids of the runs that steps of a run have started. @internal */
  async childRuns(runId: string): Promise<readonly string[]> {
    const found = await this.#inbox<readonly ChildRef[]>(runId, "children");
    return found.map((child) => child.runId);
  }

  /** See `ExecutionBackend.journal`. */
  async *journal(
    runId: string,
    { afterSeq = 0, signal }: JournalOptions = {},
  ): AsyncIterable<JournalEntry> {
    let last = afterSeq;
    let changedAt = performance.now();
    while (signal?.aborted !== true) {
      const answer = await this.#follow(runId, last, signal);
      if (answer === undefined) return;
      if (answer === null) throw notFound(runId);
      for (const { entries } of answer.parts)
        for (const entry of entries) {
          if (entry.seq <= last) continue;
          last = entry.seq;
          changedAt = performance.now();
          yield entry;
        }
      const { written, journalSeq } = answer.row;
      if (answer.hasMore) continue;
      if (written?.release === true && last >= journalSeq) return;
      if (answer.hasWaited === true) continue;
      const slower = Math.min(MAX_POLL_MS, (performance.now() - changedAt) * SLOWER);
      const pauseMs = Math.max(this.#pollMs, slower);
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** See `ExecutionBackend.list`. Needs the admin API. */
  async list(filter: RunFilter = {}): Promise<readonly RunSummary[]> {
    const rows = await this.#needAdmin().query(
      "SELECT encode(value, 'base64') AS value FROM state " +
        `WHERE service_name = ${literal(RUN_OBJECT)} AND key = 'row'`,
    );
    return rows
      .map(({ value }) => summaryOf(this.#opened(String(value)) as RunRow))
      .filter((run) => matches(run, filter))
      .toSorted((a, b) => b.createdAt - a.createdAt || (a.runId < b.runId ? 1 : -1))
      .slice(0, filter.limit ?? Number.POSITIVE_INFINITY);
  }

  /** See `ExecutionBackend.get`. */
  async get(runId: string): Promise<RunSummary | undefined> {
    const row = await this.#row(runId);
    return row === null ? undefined : summaryOf(row);
  }

  /**
   * Returns the rows of a run after an entry, as far as they fit into one answer. Throws
   * `run_not_found`.
   *
   * @internal
   */
  async readRows(runId: string, afterSeq: number): Promise<RowsAnswer> {
    const answer = await this.#rows(runId, afterSeq);
    if (answer === null) throw notFound(runId);
    return answer;
  }

  /** Returns an artifact that rows refer to; undefined if no worker has it. @internal */
  async readArtifact(sha256: string): Promise<string | undefined> {
    const pieces: string[] = [];
    for (let from = 0, length = 1; from < length; ) {
      const path = `/${CLIENT_SERVICE}/artifact`;
      const piece = await this.#call<ArtifactPiece | null>(path, { sha256, from }, {});
      if (piece === null) return undefined;
      pieces.push(piece.text);
      from += piece.text.length;
      length = piece.length;
    }
    return pieces.join("");
  }

  /**
   * Returns a page of what agents have written in a run, in order, from the database of the worker
   * that answers; the page after the last one is empty. Undefined if the workers keep no output,
   * because they have no `sink`. Throws `database_busy` if no worker answers.
   */
  async readLogs(query: LogsQuery): Promise<LogPieces | undefined> {
    try {
      const path = `/${CLIENT_SERVICE}/logs`;
      const options = { isRepeatable: true, answerMs: READ_MS };
      return (await this.#call<LogPieces | null>(path, query, options)) ?? undefined;
    } catch (error) {
      // Workers of an earlier version do not know the call.
      if (error instanceof WorkflowError && error.code === "unknown_agent") return undefined;
      throw error;
    }
  }

  /** Does nothing: the backend keeps no connection. */
  async [Symbol.asyncDispose](): Promise<void> {}

  // A start of a run that is paused or has failed resumes it.
  async #joined(runId: string): Promise<void> {
    const status = (await this.#row(runId))?.status;
    if (status === "paused" || status === "failed") await this.send(runId, { verb: "resume" });
  }

  #opened(base64: string): unknown {
    const stored = Buffer.from(base64, "base64");
    return JSON.parse(Buffer.from(this.#seal?.open(stored) ?? stored).toString("utf8"));
  }

  #needAdmin(): Admin {
    if (this.#admin !== undefined) return this.#admin;
    throw new WorkflowError(
      "invalid_argument",
      "The admin API of the Restate server is not known.",
      {
        remedy: "Add its port or URL to that of the backend: `restate://HOST:8080?admin=9070`.",
      },
    );
  }

  #row(runId: string): Promise<RunRow | null> {
    return this.#run<RunRow | null>(runId, "row");
  }

  #rows(runId: string, afterSeq: number): Promise<RowsAnswer | null> {
    const asked: RowsMessage = { afterSeq };
    return this.#run<RowsAnswer | null>(runId, "rows", asked);
  }

  // Undefined if the signal has aborted.
  async #follow(
    runId: string,
    afterSeq: number,
    signal: AbortSignal | undefined,
  ): Promise<RowsAnswer | null | undefined> {
    const asked: RowsMessage = { afterSeq, collectMs: this.#pollMs };
    try {
      return await this.#run<RowsAnswer | null>(runId, "rows", asked, signal);
    } catch (error) {
      if (signal?.aborted === true) return undefined;
      throw error;
    }
  }

  #command(sent: SentCommand): Promise<CommandOutcome> {
    return this.#call<CommandOutcome>(`/${CLIENT_SERVICE}/command`, sent, {
      idempotencyKey: systemPorts.ids.next(),
      answerMs: COMMAND_MS,
    });
  }

  #run<T>(runId: string, handler: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    return this.#call(`/${RUN_OBJECT}/${encodeURIComponent(runId)}/${handler}`, body, {
      ...{ answerMs: READ_MS, signal },
    });
  }

  #inbox<T>(
    runId: string,
    handler: string,
    body?: unknown,
    options: CallOptions = { answerMs: READ_MS },
  ): Promise<T> {
    return this.#call(`/${INBOX_OBJECT}/${encodeURIComponent(runId)}/${handler}`, body, options);
  }

  async #call<T>(path: string, body: unknown, options: CallOptions): Promise<T> {
    try {
      return (await this.#ingress.call("POST", path, body, options)) as T;
    } catch (error) {
      if (!(error instanceof RefusedCall) || error.status !== NOT_FOUND) throw error;
      throw new WorkflowError(
        "unknown_agent",
        "No worker is registered at the Restate server, so no run can start.",
        { remedy: "Start one: `axw worker --backend URL --agents FILE --register`.", cause: error },
      );
    }
  }
}

function notFound(runId: string): WorkflowError {
  return new WorkflowError("run_not_found", `There is no run ${runId} on this Restate server.`, {
    runId,
  });
}

function summaryOf({ written: _, keepsRows: __, ...row }: RunRow): RunSummary {
  return { ...row, isOrphaned: false };
}

function matches(run: RunSummary, { status, workflowId, isChild, isOrphaned }: RunFilter): boolean {
  return (
    (status === undefined || run.status === status) &&
    (workflowId === undefined || run.workflowId === workflowId) &&
    (isChild === undefined || isChild === (run.parentStepId !== undefined)) &&
    isOrphaned !== true
  );
}
