import type { JournalEntry } from "@automatosx/schemas";
import type { ExecutionBackend, StartOptions } from "../backend/ExecutionBackend.js";
import type { PreparedWorkflow } from "../definition/PreparedWorkflow.js";
import type { AgentNote } from "./backend-suite-agent.js";

/**
 * A backend with everything around it, started for one case of the suite. Each implementation of a
 * backend comes with one: it starts what the backend needs, registers `conformanceAgent` for every
 * agent id wherever attempts are performed, and disposes of all of it.
 *
 * Each optional member is a capability. A case that needs an absent one does not apply.
 */
export interface BackendHarness extends AsyncDisposable {
  /** Opens a client. Each call returns a new one, so that two can race. The harness closes them. */
  open(): Promise<ExecutionBackend>;

  /** The notes of the agents in all processes so far, in the order in which they were made. */
  readonly agentLog: { read(): readonly AgentNote[] };

  /** The backend's stored data, read independently of the backend. */
  readonly projection: {
    /** The stored rows of a run. Throws if their hash chain is broken. */
    rows(runId: string): Promise<readonly JournalEntry[]>;
    /** The large result that a row refers to by its hash. */
    artifact(sha256: string): Promise<unknown>;
    /**
     * Makes the stored data unavailable to the backend, and brings it back: what it had, or
     * nothing. Absent if the backend itself depends on this data.
     */
    readonly away?: {
      begin(): Promise<void>;
      end(content: "as-it-was" | "empty"): Promise<void>;
    };
  };

  /** The clock of the backend. */
  readonly clock: HarnessClock;

  /**
   * Kills a process like `kill -9` and, unless another one takes its place anyway, starts it again.
   * Settles when the new process is ready.
   */
  readonly kills?: { readonly [Target in KillTarget]?: () => Promise<void> };

  /**
   * From now on, the deciding process dies as soon as it has stored this entry of any run, once,
   * and is started again.
   */
  killAt?(seq: number): Promise<void>;

  /** The case that kills at each entry tries every n-th of them. Default 1. */
  readonly killEvery?: number;

  /** Ends every worker or the server, and starts it again only when `end` is called. */
  outage?(what: "workers" | "server"): Promise<{ end(): Promise<void> }>;

  /**
   * Stops the process that performs the attempts of a run (SIGSTOP) until what it holds has passed
   * to another, then continues it. Returns how long that may take, in ms.
   */
  freeze?(runId: string): Promise<{ readonly passedOnAfterMs: number; thaw(): Promise<void> }>;

  /**
   * Swallows everything between the server and the process that performs the attempts of a run,
   * without closing a connection, until `heal` is called.
   */
  partition?(runId: string): Promise<{ readonly passedOnAfterMs: number; heal(): Promise<void> }>;

  /**
   * True if an attempt is repeated elsewhere only once its agent has ended, even if its process
   * cannot be reached.
   */
  readonly fencesAgents?: boolean;

  /** Which of the limits in `HarnessSetup` the backend keeps. */
  readonly limits?: { readonly slots?: true; readonly agents?: true };

  /** The constructs that the backend's `validate` refuses. */
  readonly cannotHold?: readonly ("child runs" | "result cache")[];

  /** Begins to serve another agent id; only with `HarnessSetup.agents`. */
  serve?(agentId: string): Promise<void>;

  /** The operations of the backend that go back, in whatever form it offers them. */
  readonly goingBack?: {
    /** Restores a run that no process works on to a checkpoint, and continues it. */
    restore(runId: string, checkpointId: string): Promise<void>;
    /**
     * Forks a run at a checkpoint, or as it is; returns the id of the paused fork. Absent if a fork
     * is made elsewhere.
     */
    fork?(runId: string, checkpointId?: string): Promise<string>;
    /** Continues a run with another workflow. Settles when it is recorded. */
    amend(runId: string, workflow: PreparedWorkflow): Promise<void>;
  };

  /**
   * Starts processes of a newer version beside those of the present one, and ends these: they take
   * nothing new, and finish what they are doing.
   */
  deploy?(): Promise<void>;

  /** Unfinished runs that older versions have stored, in this backend. */
  readonly golden?: () => Promise<readonly GoldenRun[]>;

  /** The places in which the backend, its server included, stores this text. */
  search?(text: string): Promise<readonly string[]>;

  /**
   * Ends every process of the backend, moves a run to an embedded engine, and continues it there.
   * Settles with how it ended.
   */
  leave?(runId: string): Promise<{ readonly status: string }>;

  /** Removes an ended run, and returns what is still stored of it: empty if nothing is. */
  remove?(runId: string): Promise<readonly string[]>;

  /** Starts a run from a process of its own, and kills that process once the start was sent. */
  startAndDie?(workflow: PreparedWorkflow, options: StartOptions): Promise<void>;

  /** The most memory that the deciding process has held so far, in bytes. */
  peakMemory?(): Promise<number>;

  /** Moves the clock of the backend's processes forward, if it can be moved. */
  jump?(durationMs: number): Promise<void>;
}

/** A capability of a harness. */
export type Need =
  | `kill ${KillTarget}`
  | "kill at entry"
  | "kill client"
  | "outage"
  | "freeze worker"
  | "partition"
  | "slots"
  | "global limits"
  | "late agents"
  | "going back"
  | "projection away"
  | "deploy"
  | "golden runs"
  | "search"
  | "child runs"
  | "result cache"
  | "leave"
  | "remove";

/** A run that an older version has stored. */
export interface GoldenRun {
  /** The id under which it was stored. */
  readonly runId: string;
  /** The definition with which it was started, and its text. */
  readonly workflow: Pick<PreparedWorkflow, "definition" | "source">;
  /** The inputs with which it was started. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The context with which it was started. */
  readonly context: Readonly<Record<string, unknown>>;
}

/** What is started for a case. */
export interface HarnessSetup {
  /** The number of processes that perform attempts. Default 1. */
  readonly workers?: number;
  /** The number of servers, of a backend that can have a cluster of them. Default 1. */
  readonly nodes?: number;
  /** How much each of them does at once. Default: more than any case needs. */
  readonly slots?: number;
  /** The largest number of attempts of the agent `worker` at once, in all runs. */
  readonly agentLimit?: number;
  /** The ids of the agents that are served. Default: all. */
  readonly agents?: readonly string[];
  /** Variables in the environment of the processes that perform attempts. */
  readonly environment?: Readonly<Record<string, string>>;
  /** True if the storage begins with the runs of an older version. */
  readonly hasGoldenRuns?: boolean;
  /** The capabilities that the case needs. */
  readonly needs?: readonly Need[];
  /** True if the case takes minutes. */
  readonly isLong?: boolean;
}

/**
 * `decider`: the process that decides what a run does next; `worker`: one that performs attempts;
 * `server`: the server that the backend stores its state in; `both`: worker and server; `node`: the
 * server of a cluster that has most to do.
 */
export type KillTarget = "decider" | "worker" | "server" | "both" | "node";

/** The time of a harness: real time, or time that the harness advances. */
export interface HarnessClock {
  /** The current time, in ms since the epoch. */
  now(): number;
  /** Lets time pass until `promise` has settled, and settles like it. */
  until<T>(promise: Promise<T>): Promise<T>;
  /** Lets this much time pass, in ms. */
  advance(durationMs: number): Promise<void>;
}
