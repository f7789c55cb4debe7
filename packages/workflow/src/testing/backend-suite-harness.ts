import type { JournalEntry } from "@automatosx/schemas";
import type { ExecutionBackend } from "../backend/ExecutionBackend.js";
import type { AgentNote } from "./backend-suite-agent.js";

/**
 * A backend with everything around it, started for one case of the suite. Each implementation of a
 * backend comes with one: it starts what the backend needs, registers `conformanceAgent` for every
 * agent id wherever attempts are performed, and disposes of all of it.
 */
export interface BackendHarness extends AsyncDisposable {
  /** Opens a client. Each call gives another one, so that two can race. The harness closes them. */
  open(): Promise<ExecutionBackend>;

  /**
   * Kills a process as `kill -9` does, and starts another in its place; settles when that one
   * works. Absent if the backend has no process that can be killed.
   */
  kill?(target: KillTarget): Promise<void>;

  /** What the agents of all processes have noted so far, in the order of their notes. */
  readonly agentLog: { read(): readonly AgentNote[] };

  /** What the backend has stored, read without its help. */
  readonly projection: {
    /** The stored rows of a run. Throws if their hash chain is broken. */
    rows(runId: string): Promise<readonly JournalEntry[]>;
    /** The large result that a row names by its hash. */
    artifact(sha256: string): Promise<unknown>;
  };

  readonly clock: HarnessClock;
}

/** `decider`: the process that decides what runs next. */
export type KillTarget = "decider";

/** The time of a harness: the real one, or one that the harness moves. */
export interface HarnessClock {
  now(): number;
  /** Lets time pass until `promise` has settled, and settles like it. */
  until<T>(promise: Promise<T>): Promise<T>;
  /** Lets this much time pass, in ms. */
  advance(durationMs: number): Promise<void>;
}
