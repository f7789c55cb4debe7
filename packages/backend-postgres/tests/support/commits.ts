import type { Commit, RunCommit, RunOwner, StoragePort } from "@automatosx/workflow/storage";

const HASH = "a".repeat(64);

/** The engine that owns the runs of `begin`. */
export const OWNER: RunOwner = { ownerId: "engine-1", host: "here", pid: 1, processStart: "0" };

const DEFINITION = {
  hash: HASH,
  workflowId: "w",
  name: "W",
  version: "1.0.0",
  format: "yaml",
  source: "id: w",
  definition: '{"id":"w","steps":[{"id":"a"}]}',
  stepCount: 1,
  createdAt: 1,
} as const;

/** The commit that starts a run, owned for a minute. */
export function beginning(runId: string): Commit {
  const now = Date.now();
  const newRun = {
    ...{ runId, workflowId: "w", definitionHash: HASH, inputs: {}, context: {}, createdAt: now },
    ...{ owner: OWNER, leaseUntil: now + 60_000 },
  };
  return { ...NOTHING, definitions: [DEFINITION], newRuns: [newRun] };
}

/** Starts a run. */
export function begin(storage: StoragePort, runId: string): void {
  storage.commit(beginning(runId));
}

const NOTHING: Commit = { newRuns: [], artifacts: [], runs: [], logs: [] };

/** A commit with the entries `seqs` of one run. */
export function turn(
  runId: string,
  seqs: readonly number[],
  more: Partial<RunCommit> = {},
  logs: Commit["logs"] = [],
): Commit {
  const entries = seqs.map((seq) => ({
    ...{ runId, seq, type: "steps_scheduled", at: 1000 + seq, payload: `{"seq":${seq}}` },
  }));
  const run = { runId, leaseEpoch: 1, entries, checkpoints: [], ...more };
  return { ...NOTHING, runs: [run], logs };
}

/** The numbers of the entries of a run. */
export function seqsOf(storage: StoragePort, runId: string): number[] {
  return [...storage.readJournal(runId)].map(({ seq }) => seq);
}

/** Waits until `isTrue`. Rejects after 20 s. */
export async function until(isTrue: () => boolean, what: string): Promise<void> {
  for (const endAt = Date.now() + 20_000; !isTrue(); ) {
    if (Date.now() > endAt) throw new Error(`not within 20 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
