import {
  brokenOrder,
  type Commit,
  chainHash,
  type LogChunk,
  type RunCommit,
  withinLogLimit,
} from "@automatosx/workflow/storage";
import { notificationText } from "../connection/notification.js";
import type { Row, Statement } from "../connection/Statement.js";
import {
  type ChainedEntry,
  COMMIT,
  commitValues,
  type LogRow,
  toNewRunRow,
} from "./encode-commit.js";

/** The end of a run's journal, as far as this connection has written it. */
interface Head {
  readonly seq: number;
  readonly hash: string;
  readonly leaseEpoch: number;
}

/** How many journal ends to remember; far more than the number of runs written at the same time. */
const MAX_HEADS = 10_000;

/** How many attempts' log lengths to remember. */
const MAX_LENGTHS = 10_000;

/** How long a commit may go untold to other processes, in ms. */
const TELL_EVERY_MS = 50;

// The hash of the entry before each of the runs' turns: $1 the runs, $2 the entries.
const HEADS = `
  SELECT asked.run_id, asked.seq, encode(coalesce(
    CASE WHEN asked.seq = 0 THEN run.origin_hash END, entry.hash), 'hex') AS hash
  FROM unnest($1::text[], $2::integer[]) AS asked (run_id, seq)
  JOIN axw.workflow_runs run ON run.run_id = asked.run_id
  LEFT JOIN axw.workflow_journal entry ON entry.run_id = asked.run_id AND entry.seq = asked.seq`;

const LENGTHS = `
  SELECT run_id, step_id, attempt_number, sum(octet_length(text))::bigint AS bytes
  FROM axw.workflow_step_logs
  WHERE (run_id, step_id, attempt_number) IN (
    SELECT * FROM unnest($1::text[], $2::text[], $3::integer[]))
  GROUP BY run_id, step_id, attempt_number`;

/** The statements of a commit, one after the other; each is answered with its rows. */
export type Steps = Generator<(isResent: boolean) => Statement, void, readonly Row[]>;

/**
 * Turns commits into statements: one, unless it has to learn the end of a journal or the length of
 * an attempt's output first. The caller runs them, and may block for each or await it.
 */
export class Commits {
  readonly #writerId: string;
  readonly #now: () => number;
  readonly #heads = new Map<string, Head>();
  readonly #lengths = new Map<string, number>();
  /** The parts of commits that are known to be stored. */
  readonly #applied = new WeakSet<object>();
  /** The answer to an earlier commit was lost. */
  #isUnsure = false;
  #toldAt = Number.NEGATIVE_INFINITY;
  readonly #onUntold: (inMs: number) => void;

  /** Calls `onUntold` after a commit of which other processes must hear later, in ms. */
  constructor(writerId: string, now: () => number, onUntold: (inMs: number) => void) {
    this.#writerId = writerId;
    this.#now = now;
    this.#onUntold = onUntold;
  }

  /** Must be called when the lease of a run changes. */
  forget(runId: string): void {
    this.#heads.delete(runId);
  }

  /**
   * The steps of one commit. Throw the error of a statement into it. `hasLostAnswer` says whether
   * such an error leaves open whether the statement was applied.
   */
  *steps(given: Commit, hasLostAnswer: (error: unknown) => boolean): Steps {
    const commit = this.#withoutApplied(given);
    const { newRuns, runs } = commit;
    const wasApplied = newRuns.length + runs.length + commit.logs.length === 0;
    if (wasApplied && given.newRuns.length + given.runs.length + given.logs.length > 0) return;
    try {
      const newRunRows = newRuns.map((run) => toNewRunRow(run));
      const origins = new Map(newRunRows.map((row) => [row.run_id, row.origin_hash]));
      const heads = yield* this.#headsOf(runs, origins);
      const entries = chain(runs, heads);
      const { rows: logs, lengths } = yield* this.#keepLogs(commit.logs);
      const chained = { newRuns: newRunRows, entries, logs };
      const notification = this.#notification(commit);
      yield (isResent) => ({
        text: COMMIT,
        values: commitValues(commit, chained, {
          now: this.#now(),
          isRepeated: isResent || this.#isUnsure,
          notification,
        }),
      });
      this.#isUnsure = false;
      for (const part of [...newRuns, ...runs, ...commit.logs]) this.#applied.add(part);
      if (notification === null) this.#onUntold(TELL_EVERY_MS);
      this.#remember(runs, entries);
      for (const [key, length] of lengths) this.#lengths.set(key, length);
      if (this.#lengths.size > MAX_LENGTHS) this.#lengths.clear();
    } catch (error) {
      if (hasLostAnswer(error)) this.#isUnsure = true;
      for (const { runId } of [...newRuns, ...runs]) this.#heads.delete(runId);
      this.#lengths.clear();
      throw error;
    }
  }

  // An engine that has waited too long for a commit repeats its parts, while the first call of it
  // may still be under way, and succeed.
  #withoutApplied(commit: Commit): Commit {
    const isNew = (part: object): boolean => !this.#applied.has(part);
    return {
      ...commit,
      newRuns: commit.newRuns.filter(isNew),
      runs: commit.runs.filter(isNew),
      logs: commit.logs.filter(isNew),
    };
  }

  // The hash that each turn continues. Under an older epoch, another engine may have written in
  // between; after a lost answer, the turn may begin before the end.
  *#headsOf(
    runs: readonly RunCommit[],
    origins: ReadonlyMap<string, string>,
  ): Generator<() => Statement, ReadonlyMap<string, string>, readonly Row[]> {
    const heads = new Map<string, string>();
    const unknown: { readonly runId: string; readonly seq: number }[] = [];
    for (const { runId, leaseEpoch, entries } of runs) {
      const [first] = entries;
      if (first === undefined) continue;
      const known = this.#heads.get(runId);
      const origin = first.seq === 1 ? origins.get(runId) : undefined;
      if (origin !== undefined) heads.set(runId, origin);
      else if (known?.leaseEpoch === leaseEpoch && known.seq === first.seq - 1)
        heads.set(runId, known.hash);
      else unknown.push({ runId, seq: first.seq - 1 });
    }
    if (unknown.length === 0) return heads;
    const values = [unknown.map(({ runId }) => runId), unknown.map(({ seq }) => seq)];
    for (const row of yield () => ({ text: HEADS, values }))
      if (typeof row["hash"] === "string") heads.set(String(row["run_id"]), row["hash"]);
    return heads;
  }

  // Output is stored up to the limit of its attempt. An attempt whose length is unknown was begun
  // by another engine, or has just begun.
  *#keepLogs(
    chunks: readonly LogChunk[],
  ): Generator<
    () => Statement,
    { readonly rows: readonly LogRow[]; readonly lengths: ReadonlyMap<string, number> },
    readonly Row[]
  > {
    const lengths = new Map<string, number>();
    const unknown = new Map<string, LogChunk>();
    for (const chunk of chunks) {
      const known = this.#lengths.get(keyOf(chunk));
      if (known === undefined) unknown.set(keyOf(chunk), chunk);
      else lengths.set(keyOf(chunk), known);
    }
    if (unknown.size > 0) {
      const asked = [...unknown.values()];
      const values = [
        asked.map(({ runId }) => runId),
        asked.map(({ stepId }) => stepId),
        asked.map(({ attemptNumber }) => attemptNumber),
      ];
      for (const row of yield () => ({ text: LENGTHS, values }))
        lengths.set(
          [row["attempt_number"], row["run_id"], row["step_id"]].join("\n"),
          row["bytes"] as number,
        );
    }
    const rows: LogRow[] = [];
    for (const chunk of chunks) {
      const key = keyOf(chunk);
      const { text, length } = withinLogLimit(chunk.text, lengths.get(key) ?? 0);
      lengths.set(key, length);
      const { runId, stepId, attemptNumber, stream, at } = chunk;
      if (text !== "")
        rows.push({
          run_id: runId,
          step_id: stepId,
          attempt_number: attemptNumber,
          stream,
          at,
          text,
        });
    }
    return { rows, lengths };
  }

  #remember(runs: readonly RunCommit[], entries: readonly ChainedEntry[]): void {
    for (const { run_id, seq, hash, lease_epoch } of entries)
      this.#heads.set(run_id, { seq, hash, leaseEpoch: lease_epoch });
    for (const { runId, run } of runs) if (run?.release === true) this.#heads.delete(runId);
    if (this.#heads.size > MAX_HEADS) this.#heads.clear();
  }

  // PostgreSQL lets one notifying transaction commit at a time, so a chain of quick steps must not
  // notify with each. What changes the list of runs is announced at once.
  #notification({ newRuns, runs }: Commit): string | null {
    const now = performance.now();
    const isDue = now - this.#toldAt >= TELL_EVERY_MS;
    if (!isDue && newRuns.length === 0 && runs.every(({ run }) => run?.release !== true))
      return null;
    this.#toldAt = now;
    const mayBeClaimable = newRuns.some(({ owner }) => owner === undefined) || runs.some(isLeft);
    return notificationText({ writerId: this.#writerId, mayBeClaimable });
  }
}

/** Chains the entries of each turn to the one before them, whose hash is in `heads`. */
export function chain(
  runs: readonly RunCommit[],
  heads: ReadonlyMap<string, string>,
): readonly ChainedEntry[] {
  const chained: ChainedEntry[] = [];
  for (const { runId, leaseEpoch, entries } of runs) {
    // Without one, the server refuses the turn: its run or its beginning does not exist.
    let hash = heads.get(runId) ?? "";
    let seq = (entries[0]?.seq ?? 1) - 1;
    for (const entry of entries) {
      if (entry.seq !== seq + 1 || entry.runId !== runId) throw brokenOrder(runId, entry, seq);
      seq = entry.seq;
      hash = chainHash(hash, entry);
      const { type, at, payload, stepId, attemptNumber } = entry;
      chained.push({
        ...{ run_id: runId, seq, type, at, payload, lease_epoch: leaseEpoch, hash },
        ...(stepId !== undefined && { step_id: stepId }),
        ...(attemptNumber !== undefined && { attempt_number: attemptNumber }),
      });
    }
  }
  return chained;
}

// A run that is released before it has ended, and has something to do now or later.
function isLeft({ run }: RunCommit): boolean {
  return run?.release === true && (run.status === "running" || run.wakeAt !== undefined);
}

function keyOf({ runId, stepId, attemptNumber }: LogChunk): string {
  return [attemptNumber, runId, stepId].join("\n");
}
