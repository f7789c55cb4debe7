import { CheckpointManager } from "../checkpoint/CheckpointManager.js";
import type { EndedRun, RunOwner, StoragePort } from "../storage/StoragePort.js";
import type { RetentionPolicy, RetentionReport } from "./RetentionPolicy.js";

export interface SweepOptions {
  readonly now: number;
  readonly isHeld: (owner: RunOwner, leaseUntil: number) => boolean;
  /** Only says what would go. */
  readonly isDryRun?: boolean;
}

/** Ended runs looked at together. */
const PAGE = 200;

/** Free pages given back at a time: about a millisecond's worth. */
const GIVE_BACK_PAGES = 100;

type Kept = RetentionReport["kept"][number];
type Tally = { -readonly [K in keyof RetentionReport]: RetentionReport[K] } & { kept: Kept[] };

/**
 * Holds a database to a policy. Each `next` is one small transaction, and gives the runs that it removed; between two of them
 * anyone may write. Left at any place, by a crash too, it leaves nothing that does not verify.
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
  while (storage.releasePages(GIVE_BACK_PAGES) > 0) yield [];
  tally.freedBytes = Math.max(0, before - storage.size().usedBytes);
  return tally;
}

/** Which of the ended runs go: looked through oldest first, from where it stopped the last time. */
class Selection {
  readonly #storage: StoragePort;
  readonly #policy: RetentionPolicy;
  readonly #cutoff: number;
  /** How many of the oldest are too many. */
  #excess: number;
  /** How many bytes are too many, about. */
  #overBytes = 0;
  #last: EndedRun | undefined;
  #isAtEnd = false;

  constructor(storage: StoragePort, policy: RetentionPolicy, now: number) {
    const { completed, failed, cancelled } = storage.countRuns();
    const { maxAgeMs, maxRunCount } = policy;
    this.#storage = storage;
    this.#policy = policy;
    this.#cutoff = maxAgeMs === undefined ? Number.NEGATIVE_INFINITY : now - maxAgeMs;
    this.#excess = maxRunCount === undefined ? 0 : completed + failed + cancelled - maxRunCount;
    this.measureAgain();
  }

  /** Once what was selected is gone: true when that was too little, and there are runs left to be taken. */
  measureAgain(): boolean {
    const { maxBytes } = this.#policy;
    this.#overBytes = maxBytes === undefined ? 0 : this.#storage.size().usedBytes - maxBytes;
    return this.#overBytes > 0 && !this.#isAtEnd;
  }

  /** The next that go; undefined when no other does. */
  next(): EndedRun[] | undefined {
    if (this.#isAtEnd) return undefined;
    const page = this.#storage.listEnded(this.#last, PAGE);
    const going: EndedRun[] = [];
    for (const run of page) {
      const goes = this.#excess > 0 || this.#overBytes > 0 || run.finishedAt < this.#cutoff;
      // One that began later than this cannot have ended before that.
      if (!goes && run.createdAt >= this.#cutoff) return going.length > 0 ? going : undefined;
      this.#last = run;
      this.#excess -= 1;
      if (!goes) continue;
      going.push(run);
      if (this.#policy.maxBytes !== undefined)
        this.#overBytes -= this.#storage.measureRun(run.runId);
    }
    this.#isAtEnd = page.length < PAGE;
    return going;
  }
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
  // At first whatever was removed: whoever died after removing runs may have left large results of theirs.
  let hasArtifacts = true;
  const selection = new Selection(storage, policy, options.now);
  do {
    for (let going = selection.next(); going !== undefined; going = selection.next())
      hasArtifacts = (yield* removal(going)) || hasArtifacts;
    // Newest first, since a fork is newer than what it was forked from.
    hasArtifacts = (yield* removal(forked.splice(0).reverse())) || hasArtifacts;
    if (hasArtifacts) yield* removeArtifacts(storage, tally);
    hasArtifacts = false;
  } while (selection.measureAgain());
  for (const { runId } of forked) tally.kept.push({ runId, because: "forked" });
}

// True when one of them named a large result.
function* removeAll(
  storage: StoragePort,
  runs: readonly EndedRun[],
  { isHeld }: SweepOptions,
  tally: Tally,
  forked: EndedRun[],
): Generator<readonly EndedRun[], boolean, undefined> {
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

/** The same without removing: what is asked here is asked again when it comes to it. */
function* planRuns(
  storage: StoragePort,
  policy: RetentionPolicy,
  { now, isHeld }: SweepOptions,
  tally: Tally,
): Generator<readonly EndedRun[], void, undefined> {
  const selection = new Selection(storage, policy, now);
  const selected: EndedRun[] = [];
  for (let going = selection.next(); going !== undefined; going = selection.next()) {
    selected.push(...going);
    yield [];
  }
  const gone = new Set<string>();
  const going: EndedRun[] = [];
  for (const run of selected.toReversed()) {
    const because = reasonToKeep(storage, run.runId, gone, isHeld);
    if (because !== undefined) {
      tally.kept.push({ runId: run.runId, because });
      continue;
    }
    gone.add(run.runId);
    going.push(run);
    tally.removedRuns = { ...tally.removedRuns, [run.status]: tally.removedRuns[run.status] + 1 };
    tally.freedBytes += storage.measureRun(run.runId);
  }
  yield going.reverse();
}

function reasonToKeep(
  storage: StoragePort,
  runId: string,
  gone: ReadonlySet<string>,
  isHeld: SweepOptions["isHeld"],
): Kept["because"] | undefined {
  const [run] = storage.listForks(runId).every((id) => gone.has(id)) ? storage.findRuns(runId) : [];
  if (run === undefined) return "forked";
  if (run.damage !== undefined) return "damaged";
  return run.owner !== undefined && isHeld(run.owner, run.leaseUntil ?? 0) ? "held" : undefined;
}
