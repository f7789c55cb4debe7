import type { JournalEntry } from "@automatosx/schemas";
import type { ExecutionBackend } from "../backend/ExecutionBackend.js";
import type { AgentNote } from "./backend-suite-agent.js";

/**
 * A backend with everything around it, started for one case of the suite. Each implementation of a
 * backend comes with one: it starts what the backend needs, registers `conformanceAgent` for every
 * agent id wherever attempts are performed, and disposes of all of it.
 */
export interface BackendHarness extends AsyncDisposable {
  /** Opens a client. Each call returns a new one, so that two can race. The harness closes them. */
  open(): Promise<ExecutionBackend>;

  /**
   * Kills a process like `kill -9` and starts another in its place; settles when the new process is
   * ready. Absent if the backend has no process that can be killed.
   */
  kill?(target: KillTarget): Promise<void>;

  /** The notes of the agents in all processes so far, in the order in which they were made. */
  readonly agentLog: { read(): readonly AgentNote[] };

  /** The backend's stored data, read independently of the backend. */
  readonly projection: {
    /** The stored rows of a run. Throws if their hash chain is broken. */
    rows(runId: string): Promise<readonly JournalEntry[]>;
    /** The large result that a row refers to by its hash. */
    artifact(sha256: string): Promise<unknown>;
  };

  /** The clock of the backend. */
  readonly clock: HarnessClock;
}

/** `decider`: the process that decides what runs next. */
export type KillTarget = "decider";

/** The time of a harness: real time, or time that the harness advances. */
export interface HarnessClock {
  /** The current time, in ms since the epoch. */
  now(): number;
  /** Lets time pass until `promise` has settled, and settles like it. */
  until<T>(promise: Promise<T>): Promise<T>;
  /** Lets this much time pass, in ms. */
  advance(durationMs: number): Promise<void>;
}
