import type { JournalEntry } from "@automatosx/schemas";
import type {
  Commit,
  NewRun,
  RunCommit,
  RunOwner,
  StoragePort,
  StoredCheckpoint,
  StoredDefinition,
  StoredRun,
} from "../storage/StoragePort.js";

/**
 * The functions that the suite needs from a test runner. Vitest, Jest and similar runners provide
 * them.
 */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => void;
  readonly test: (name: string, body: () => void) => void;
  readonly expect: (actual: unknown) => {
    toEqual(expected: unknown): void;
    toThrow(expected: unknown): void;
  };
}

/** How a storage differs from the SQLite file in what the suite tests. */
export interface StorageTraits {
  /**
   * True if leases expire by the clock of the database, and not by that of the caller. The storage
   * must then be opened with a caller's clock that stands an hour before 0, so that the leases of
   * the tests, which end at small instants, have not expired.
   */
  readonly hasOwnClock?: boolean;
}

/** The `expect` of the test runner. */
export type Expect = TestRunner["expect"];
/** Declares a test whose storage holds one run, r1, with one journal entry. */
export type Check = (name: string, body: (storage: StoragePort) => void) => void;

/** Before every instant that a clock of the tests shows. */
const LONG_AGO = -1e9;

export const HASH = "a".repeat(64);
/** The engine that owns every run of `newRun`. */
export const owner: RunOwner = { ownerId: "engine-1", host: "here", pid: 1, processStart: "0" };
/** Another engine. */
export const other: RunOwner = { ...owner, ownerId: "engine-2", pid: 2 };

/** Strings that a careless query would not treat as plain text. */
export const METACHARACTERS = [
  "' OR 1=1 --",
  '"; DROP TABLE workflow_runs; --',
  "%",
  "_",
  "\\",
  "*",
  "[a-z]",
  "r1' --",
];

export const definition: StoredDefinition = {
  hash: HASH,
  workflowId: "w",
  name: "W",
  version: "1.0.0",
  format: "yaml",
  source: "id: w",
  definition: '{"id":"w","steps":[{"id":"a"},{"id":"b"}]}',
  stepCount: 2,
  createdAt: 1,
};

/** A run as a commit creates it. */
export const newRun = (runId: string, createdAt = 10): NewRun => ({
  runId,
  workflowId: "w",
  definitionHash: HASH,
  inputs: { a: 1 },
  context: { "π'\"": [null] },
  createdAt,
  owner,
  leaseUntil: 100,
});

/** The row of a run that `newRun` created, before its first entry. */
export const begun = (runId: string, createdAt = 10): StoredRun => ({
  ...newRun(runId, createdAt),
  workflowName: "W",
  workflowVersion: "1.0.0",
  state: "idle",
  status: "running",
  stepCount: 2,
  updatedAt: createdAt,
  journalSeq: 0,
  leaseEpoch: 1,
  failedRecoveries: 0,
});

/** An entry of the journal of r1, accepted at 10.25 + `seq`. */
export const entry = (seq: number, type = "steps_scheduled", payload = "{}"): JournalEntry => ({
  runId: "r1",
  seq,
  type,
  at: 10.25 + seq,
  payload,
});
/** An entry of r1 that is the outcome of an attempt. */
export const outcome = (
  seq: number,
  type: string,
  stepId: string,
  attemptNumber: number,
  payload: string,
): JournalEntry => ({
  ...entry(seq, type, payload),
  stepId,
  attemptNumber,
});

/** A checkpoint of r1. */
export const checkpoint = (
  checkpointId: string,
  seq: number,
  more: Partial<StoredCheckpoint> = {},
): StoredCheckpoint => ({
  checkpointId,
  runId: "r1",
  seq,
  kind: "automatic",
  createdAt: seq,
  completedCount: seq,
  payload: "{}",
  sha256: HASH,
  ...more,
});

/** Lets leases of `newRun` expire where the instant that a caller states does not decide it. */
export function expireLeases(
  storage: StoragePort,
  { hasOwnClock = false }: StorageTraits,
  runIds: readonly string[],
): void {
  if (hasOwnClock) storage.renewLeases(owner.ownerId, runIds, LONG_AGO);
}

/** A turn of r1 under epoch 1 that contains only `more`. */
export const turn = (more: Partial<RunCommit>): RunCommit => ({
  runId: "r1",
  leaseEpoch: 1,
  entries: [],
  checkpoints: [],
  ...more,
});

/** Commits `more`, and nothing else. */
export function write(storage: StoragePort, more: Partial<Commit>): void {
  storage.commit({ newRuns: [], artifacts: [], runs: [], logs: [], ...more });
}

/** The ids of runs, in their order. */
export const ids = (runs: readonly StoredRun[]): string[] => runs.map((run) => run.runId);

/** The code of the error that an action throws. */
export function codeOf(action: () => unknown): string {
  try {
    action();
    return "nothing thrown";
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}
