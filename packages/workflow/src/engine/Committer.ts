import { ERROR_KINDS, type WorkflowError } from "../errors.js";
import type {
  LogChunk,
  NewRun,
  RunCommit,
  StoredArtifact,
  StoredDefinition,
} from "../storage/StoragePort.js";

/** The data that one run writes at the end of a turn. */
export interface RunWrite {
  /** Present for the first write of a new run. */
  readonly newRun?: NewRun;
  /** The definition of the new run, and its later ones. */
  readonly definitions: readonly StoredDefinition[];
  readonly artifacts: readonly StoredArtifact[];
  readonly commit: RunCommit;
}

/**
 * A run, as the commit sees it. For each turn, `takeTurn` is followed by `committed` or `failed`.
 * The effects of the turn must not be performed before `committed`.
 */
export interface Committer {
  readonly runId: string;
  /** False until the first turn of a new run is durable. */
  readonly isStored: boolean;
  /** True once nothing more of the run is to be written: it was given up. */
  readonly isDetached: boolean;
  /** Returns everything accepted since the last call. Called at most once per turn. */
  takeTurn(): RunWrite;
  /** The turn is durable: its effects may be performed now. */
  committed(): void;
  /** The turn could not be written: none of it is durable, and the run cannot continue here. */
  failed(error: WorkflowError): void;
}

/** The turns to write, by the runs that have taken them. */
export type Turns = Map<Committer, RunWrite>;

/**
 * Returns the run that an error concerns: another engine claimed or removed it, or started one with
 * its id.
 */
export function loserOf(turns: Turns, error: WorkflowError): Committer | undefined {
  const { concerns } = ERROR_KINDS[error.code];
  if (concerns !== "run" && concerns !== "caller") return undefined;
  return [...turns.keys()].find((run) => run.runId === error.runId);
}

/**
 * Returns whether one invalid row may have failed the transaction of several runs. When their turns
 * are written one by one, only the run with that row fails.
 */
export function isShared(
  { code }: WorkflowError,
  turns: Turns,
  logs: readonly LogChunk[],
): boolean {
  return code === "internal" && turns.size + (logs.length > 0 ? 1 : 0) > 1;
}
