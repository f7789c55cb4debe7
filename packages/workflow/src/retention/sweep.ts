import { CheckpointManager } from "../checkpoint/CheckpointManager.js";
import { WorkflowError } from "../errors.js";
import { RunDirectories } from "../run-directory/RunDirectories.js";
import type { EndedRun, StoragePort, StoredRun } from "../storage/StoragePort.js";
import type { RetentionPolicy, RetentionReport } from "./RetentionPolicy.js";

/** The arguments of a sweep besides its policy. */
export interface SweepOptions {
  /** The instant that ages are measured from, in ms since the epoch. */
  readonly now: number;
  /** Whether the owner of a run is alive. */
  readonly isHeld: (run: StoredRun) => boolean;
  /** Only report what would be removed. */
  readonly isDryRun?: boolean;
}

/** How many ended runs to read at a time. */
const PAGE = 200;

/** How many free pages to release at a time: about a millisecond of work. */
const RELEASED_PAGES = 100;

type Kept = RetentionReport["kept"][number];
type Tally = { -readonly [K in keyof RetentionReport]: RetentionReport[K] } & { kept: Kept[] };

/**
 * Applies a policy to a database. Each `next` is one small transaction and yields the runs that it
 * removed; other writers can write in between. If it stops at any point, even in a crash, every
 * remaining run passes verification.
 */
export function* sweep(
  storage: StoragePort,
  policy: RetentionPolicy,
  options: SweepOptions,
): Generator<readonly EndedRun[], RetentionReport, undefined> {
  const tally: Tally = {
    removedRuns: { completed: 0, failed: 0, cancelled: 0 },
    removedDefinitions: 0,
    removedArtifacts: 0,
    removedCheckpoints: 0,
    kept: [],
    freedBytes: 0,
  };
  if (options.isDryRun === true) {
    yield* planRuns(storage, policy, options, tally);
    return tally;
  }
  const before = storage.size().usedBytes;
  yield* removeRuns(storage, policy, options, tally);
  yield* removeCheckpoints(storage, policy, tally);
  yield* removeOrphanedDirectories(storage);
  while (storage.releasePages(RELEASED_PAGES) > 0) yield [];
  tally.freedBytes = Math.max(0, before - storage.size().usedBytes);
  return tally;
}

/** Selects the ended runs to remove, oldest first, page by page. */
class Selection {
  readonly #storage: StoragePort;
  readonly #policy: RetentionPolicy;
  readonly #cutoff: number;
  /** The number of runs in excess of the limit. */
  #excess: number;
  /** Roughly the number of bytes in excess of the limit. */
  #overBytes = 0;
  #last: EndedRun | undefined;
  #isAtEnd = false;

  constructor(storage: StoragePort, policy: RetentionPolicy, now: number) {
    const all = storage.countRuns();
    const children = storage.countChildRuns();
    const [completed, failed, cancelled] = (["completed", "failed", "cancelled"] as const).map(
      (status) => all[status] - children[status],
    ) as [number, number, number];
    const { maxAgeMs, maxRunCount } = policy;
    this.#storage = storage;
    this.#policy = policy;
    this.#cutoff = maxAgeMs === undefined ? Number.NEGATIVE_INFINITY : now - maxAgeMs;
    const endedCount = completed + cancelled + (policy.keepsFailed === true ? 0 : failed);
    this.#excess = maxRunCount === undefined ? 0 : endedCount - maxRunCount;
    this.measureAgain();
  }

  /**
   * Measures the database after the selected runs were removed. Returns whether it is still too
   * large and more runs can be selected.
   */
  measureAgain(): boolean {
    const { maxBytes } = this.#policy;
    this.#overBytes = maxBytes === undefined ? 0 : this.#storage.size().usedBytes - maxBytes;
    return this.#overBytes > 0 && !this.#isAtEnd;
  }

  /**
   * Returns the next runs to remove; undefined if there are no more. Runs that exceed a limit but
   * can be resumed are added to `kept`, if the policy keeps them.
   */
  next(kept: Kept[]): EndedRun[] | undefined {
    if (this.#isAtEnd) return undefined;
    const page = this.#storage.listEnded(this.#last, PAGE);
    const selected: EndedRun[] = [];
    for (const run of page) {
      const isSelected = this.#excess > 0 || this.#overBytes > 0 || run.finishedAt < this.#cutoff;
      // A run that started after the cutoff cannot have ended before it, and neither can later
      // runs.
      if (!isSelected && run.createdAt >= this.#cutoff)
        return selected.length > 0 ? selected : undefined;
      this.#last = run;
      if (this.#policy.keepsFailed === true && run.status === "failed") {
        if (isSelected) kept.push({ runId: run.runId, because: "resumable" });
        continue;
      }
      this.#excess -= 1;
      if (!isSelected) continue;
      selected.push(run);
      if (this.#policy.maxBytes !== undefined)
        for (const { runId } of withChildRuns(this.#storage, run))
          this.#overBytes -= this.#storage.measureRun(runId);
    }
    this.#isAtEnd = page.length < PAGE;
    return selected;
  }
}

/** Returns a run with all that its steps started, in the order in which they can be removed. */
function withChildRuns(storage: StoragePort, run: EndedRun): EndedRun[] {
  const children = storage.listChildRuns(run.runId).flatMap((child) =>
    withChildRuns(storage, {
      runId: child.runId,
      workflowId: child.workflowId,
      // One that has not ended is kept, and its parent with it.
      status:
        child.status === "completed" || child.status === "failed" ? child.status : "cancelled",
      createdAt: child.createdAt,
      finishedAt: child.finishedAt ?? child.updatedAt,
    }),
  );
  return [...children, run];
}

function* removeRuns(
  storage: StoragePort,
  policy: RetentionPolicy,
  options: SweepOptions,
  tally: Tally,
): Generator<readonly EndedRun[], void, undefined> {
  const forked: EndedRun[] = [];
  const removal = (runs: readonly EndedRun[]) => removeAll(storage, runs, options, tally, forked);
  yield* removal(
    storage.listHalfRemoved().map((runId) => ({
      runId,
      workflowId: "",
      status: "cancelled",
      createdAt: 0,
      finishedAt: 0,
    })),
  );
  // True at first: a sweep that died after removing runs may have left their artifacts.
  let hasArtifacts = true;
  const selection = new Selection(storage, policy, options.now);
  do {
    for (;;) {
      const runs = selection.next(tally.kept);
      if (runs === undefined) break;
      hasArtifacts = (yield* removal(runs)) || hasArtifacts;
    }
    // Newest first, because a fork is newer than the run that it was forked from.
    hasArtifacts = (yield* removal(forked.splice(0).reverse())) || hasArtifacts;
    if (hasArtifacts) yield* removeArtifacts(storage, tally);
    hasArtifacts = false;
  } while (selection.measureAgain());
  for (const { runId } of forked) tally.kept.push({ runId, because: "forked" });
}

// Returns whether one of the runs referred to an artifact.
function* removeAll(
  storage: StoragePort,
  selected: readonly EndedRun[],
  { isHeld }: SweepOptions,
  tally: Tally,
  forked: EndedRun[],
): Generator<readonly EndedRun[], boolean, undefined> {
  const directories = directoriesOf(storage);
  const runs = selected.flatMap((run) => withChildRuns(storage, run));
  let hasArtifacts = false;
  for (let done = 0; done < runs.length; ) {
    const removed: EndedRun[] = [];
    for (const removal of storage.removeRuns({
      runIds: runs.slice(done).map(({ runId }) => runId),
      isHeld,
    })) {
      const run = runs[done] as EndedRun;
      hasArtifacts ||= removal.artifactBytes > 0;
      if (removal.outcome === "partial") break;
      done += 1;
      if (removal.outcome === "removed") {
        removed.push(run);
        directories?.remove(run.runId);
        tally.removedRuns = {
          ...tally.removedRuns,
          [run.status]: tally.removedRuns[run.status] + 1,
        };
        tally.removedDefinitions += removal.removedDefinition === true ? 1 : 0;
      } else if (removal.because === "forked") forked.push(run);
      else tally.kept.push({ runId: run.runId, because: removal.because ?? "not_ended" });
    }
    yield removed;
  }
  return hasArtifacts;
}

function* removeArtifacts(
  storage: StoragePort,
  tally: Tally,
): Generator<readonly EndedRun[], void, undefined> {
  for (const count of storage.removeUnusedArtifacts()) {
    tally.removedArtifacts += count;
    yield [];
  }
}

function directoriesOf({ databasePath }: StoragePort): RunDirectories | undefined {
  return databasePath === undefined ? undefined : new RunDirectories(databasePath);
}

// A sweep that died between the rows of a run and its directory has left the directory.
function* removeOrphanedDirectories(
  storage: StoragePort,
): Generator<readonly EndedRun[], void, undefined> {
  const directories = directoriesOf(storage);
  if (directories === undefined) return;
  for (const _ of directories.removeOrphans((runId) => existsIn(storage, runId))) yield [];
}

// A damaged run exists: its directory is kept with it.
function existsIn(storage: StoragePort, runId: string): boolean {
  try {
    return storage.getRun(runId) !== undefined;
  } catch (error) {
    if (error instanceof WorkflowError && error.code === "journal_damaged") return true;
    throw error;
  }
}

function* removeCheckpoints(
  storage: StoragePort,
  { checkpointsPerRun }: RetentionPolicy,
  tally: Tally,
): Generator<readonly EndedRun[], void, undefined> {
  if (checkpointsPerRun === undefined) return;
  const checkpoints = new CheckpointManager(storage);
  for (const runId of storage.runsWithCheckpoints(checkpointsPerRun)) {
    tally.removedCheckpoints += checkpoints.pruneCheckpoints(runId, checkpointsPerRun);
    yield [];
  }
}

// Like `removeRuns`, but removes nothing. A later sweep checks again whether each run can be
// removed.
function* planRuns(
  storage: StoragePort,
  policy: RetentionPolicy,
  { now, isHeld }: SweepOptions,
  tally: Tally,
): Generator<readonly EndedRun[], void, undefined> {
  const selection = new Selection(storage, policy, now);
  const selected: EndedRun[] = [];
  for (;;) {
    const runs = selection.next(tally.kept);
    if (runs === undefined) break;
    selected.push(...runs);
    yield [];
  }
  const removable = new Set<string>();
  const planned: EndedRun[] = [];
  for (const run of selected.toReversed().flatMap((run) => withChildRuns(storage, run))) {
    const because = reasonToKeep(storage, run.runId, removable, isHeld);
    if (because !== undefined) {
      tally.kept.push({ runId: run.runId, because });
      continue;
    }
    removable.add(run.runId);
    planned.push(run);
    tally.removedRuns = { ...tally.removedRuns, [run.status]: tally.removedRuns[run.status] + 1 };
    tally.freedBytes += storage.measureRun(run.runId);
  }
  yield planned.reverse();
}

function reasonToKeep(
  storage: StoragePort,
  runId: string,
  removable: ReadonlySet<string>,
  isHeld: SweepOptions["isHeld"],
): Kept["because"] | undefined {
  if (!storage.listForks(runId).every((id) => removable.has(id))) return "forked";
  let run: StoredRun | undefined;
  try {
    run = storage.getRun(runId);
  } catch (error) {
    if (error instanceof WorkflowError && error.code === "journal_damaged") return "damaged";
    throw error;
  }
  if (run === undefined || run.finishedAt === undefined) return "not_ended";
  return run.owner !== undefined && isHeld(run) ? "held" : undefined;
}
