import type { RunStatus } from "@automatosx/schemas";
import { asWorkflowError, WorkflowError } from "../../errors.js";
import { isWaiting } from "../../journal/child-steps.js";
import { isOwned } from "../../storage/owner-state.js";
import { isOwnerDead } from "../../storage/process-identity.js";
import { isQuarantined } from "../../storage/quarantine.js";
import type { StoredRun } from "../../storage/StoragePort.js";
import { releaseRun } from "../claim-run.js";
import type { EngineContext } from "../EngineContext.js";
import { quarantined, type Recovery } from "../Recovery.js";
import type { RunEnding } from "../RunEnding.js";
import type { RunHandle } from "../RunHandle.js";
import { chooseTarget } from "./choose-target.js";
import { familyOf } from "./family-of.js";
import { Pacing } from "./Pacing.js";
import { Postponed } from "./Postponed.js";
import type { Drained, Work, WorkedRun, WorkOptions } from "./WorkOptions.js";

/** How long a claim may take before the next one begins, in ms: it ends orphaned programs. */
const CLAIM_MS = 250;

/** How many runs to read at most, to find some that this engine can claim. */
const MOST_RUNS = 5000;

/** What a loop needs of its engine. */
export interface LoopHost {
  readonly engine: EngineContext;
  readonly recovery: Recovery;
}

/**
 * Claims the runs that no engine works on, oldest first, up to a number of slots. Several engines
 * on one database share them: a worker claims one run after the other, and waits longer between two
 * the fuller it is, unless the queue is longer than it can take.
 */
export class WorkLoop implements Work {
  readonly slots: number;
  readonly #host: LoopHost;
  readonly #options: WorkOptions;
  readonly #pacing: Pacing;
  readonly #postponed = new Postponed();
  /** The claimed runs; each promise settles when the run has left this engine. */
  readonly #claimed = new Map<string, Promise<void>>();
  /** Runs of dead engines that have recorded no outcome here yet. */
  readonly #unproven = new Set<string>();
  /** Runs whose leases have expired and are being watched. */
  readonly #watched = new Set<string>();
  #isCrowded = false;
  #hasEnded = false;
  readonly #ended: Promise<void>;

  constructor(host: LoopHost, options: WorkOptions) {
    this.#host = host;
    this.#options = options;
    this.slots = options.slots;
    this.#pacing = new Pacing(host.engine, options.pollMs);
    this.#ended = this.#run().finally(() => void (this.#hasEnded = true));
  }

  get runIds(): readonly string[] {
    return [...this.#claimed.keys()];
  }

  /** True once it claims no further runs and has none left. */
  get hasEnded(): boolean {
    return this.#hasEnded && this.#claimed.size === 0;
  }

  /** Looks for runs soon: one was queued in this process. */
  wake(): void {
    this.#pacing.wake();
  }

  /** Claims no further runs. */
  stop(): void {
    this.#pacing.stop();
  }

  async drain(ms = 0): Promise<Drained> {
    this.stop();
    await this.#ended;
    const { engine } = this.#host;
    await this.#untilEmpty(ms);
    const released = new Set<string>();
    // A claim that takes long may become active later.
    while (this.#claimed.size > 0) {
      for (const runId of this.runIds) if (engine.runs.has(runId)) released.add(runId);
      const family = familyOf(engine, new Set(this.runIds));
      await Promise.allSettled(family.map((run) => releaseRun(run, engine)));
      await this.#untilEmpty(CLAIM_MS);
    }
    return { released: [...released] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
  }

  /** Waits until the claimed runs have left, for `ms` at most. */
  async #untilEmpty(ms: number): Promise<void> {
    if (ms <= 0 || this.#claimed.size === 0) return;
    const timer = Promise.withResolvers<void>();
    const cancel = this.#host.engine.ports.clock.setTimer(ms, timer.resolve);
    await Promise.race([Promise.all(this.#claimed.values()), timer.promise]);
    cancel();
  }

  async #run(): Promise<void> {
    while (!this.#pacing.isStopped) {
      try {
        await this.#round();
        await this.#pacing.untilNext();
      } catch (error) {
        this.#report(asWorkflowError(error));
        await this.#pacing.backOff();
      }
    }
  }

  get #free(): number {
    return this.#pacing.isStopped ? 0 : this.slots - this.#claimed.size;
  }

  // Claims until there are no free slots, or no runs that can be claimed.
  async #round(): Promise<void> {
    this.#isCrowded = false;
    let hasClaimed = true;
    while (hasClaimed && this.#free > 0) {
      hasClaimed = false;
      const candidates = this.#candidates();
      // A queue that is much longer than this worker can take fills the others too.
      const isDeep = candidates.length > 2 * this.slots;
      for (const run of this.#inOrder(candidates)) {
        if (this.#free <= 0) return;
        if (!(await this.#claim(run))) continue;
        hasClaimed = true;
        if (isDeep) continue;
        await this.#pacing.pause(this.#claimed.size / this.slots);
        break;
      }
    }
  }

  /** Runs to claim, oldest first; suspects come last, one at a time. */
  #candidates(): readonly StoredRun[] {
    const { storage, ports } = this.#host.engine;
    const now = ports.clock.now();
    let limit = 2 * this.slots + 16;
    for (;;) {
      const found = storage.listClaimable(now, limit, (owner) => isOwnerDead(owner) === true);
      const usable = found.filter((run) => this.#isUsable(run, now));
      if (usable.length > 2 * this.slots || found.length < limit || limit >= MOST_RUNS)
        return this.#withSuspects(usable);
      // Runs that this engine cannot claim must not hide the others.
      limit = Math.min(MOST_RUNS, limit * 4);
    }
  }

  #isUsable(run: StoredRun, now: number): boolean {
    const { runId } = run;
    const { runs, expired } = this.#host.engine;
    if (this.#claimed.has(runId) || runs.worksOn(runId)) return false;
    if (this.#postponed.has(runId, now)) return false;
    if (isQuarantined(run)) {
      this.#postpone(run, quarantined(run));
      return false;
    }
    if (!expired.mustWatch(run)) return true;
    this.#watch(run);
    return false;
  }

  #withSuspects(runs: readonly StoredRun[]): readonly StoredRun[] {
    const suspects = runs
      .filter(({ failedRecoveries }) => failedRecoveries > 0)
      .toSorted((a, b) => a.failedRecoveries - b.failedRecoveries);
    if (suspects.length === 0) return runs;
    const others = runs.filter(({ failedRecoveries }) => failedRecoveries === 0);
    return this.#unproven.size > 0 ? others : [...others, ...suspects.slice(0, 1)];
  }

  // Looks at a run again once its lease is confirmed as expired.
  #watch(run: StoredRun): void {
    if (this.#watched.has(run.runId)) return;
    this.#watched.add(run.runId);
    void this.#untilConfirmed(run);
  }

  async #untilConfirmed(run: StoredRun): Promise<void> {
    // Rejects when the engine is closed.
    await this.#host.engine.expired.whenConfirmed(run).catch(() => undefined);
    this.#watched.delete(run.runId);
    this.#pacing.wake();
  }

  // Workers that try to claim the same run each lose time, so they look a little past it.
  #inOrder(runs: readonly StoredRun[]): readonly StoredRun[] {
    if (!this.#isCrowded) return runs;
    const { chance } = this.#host.engine.ports;
    return runs
      .map((run, index) => ({ run, place: index + chance.next() * this.slots }))
      .toSorted((a, b) => a.place - b.place)
      .map(({ run }) => run);
  }

  /** Claims a run, or the one that waits for it; returns whether it is now active here. */
  async #claim(listed: StoredRun): Promise<boolean> {
    const run = await chooseTarget(this.#host.engine, listed);
    if (run === undefined) {
      this.#postponeQuietly(listed);
      return false;
    }
    if (this.#claimed.has(run.runId) || this.#free <= 0) return false;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#claimed.set(run.runId, promise);
    // A run that waits for the listed one has nothing to do itself.
    const isDue = run.runId === listed.runId ? undefined : this.#isWaiting;
    const claiming = this.#resume(run, resolve, isDue);
    const timer = Promise.withResolvers<"slow">();
    const cancel = this.#host.engine.ports.clock.setTimer(CLAIM_MS, () => timer.resolve("slow"));
    try {
      return (await Promise.race([claiming, timer.promise])) !== false;
    } finally {
      cancel();
      // A claim that takes longer reports its own problems.
      claiming.catch((error: unknown) => this.#report(asWorkflowError(error)));
    }
  }

  readonly #isWaiting = (run: StoredRun): boolean =>
    isWaiting(run) && !isOwned(run, this.#host.engine.ports.clock.now());

  async #resume(
    run: StoredRun,
    settle: () => void,
    isDue: ((run: StoredRun) => boolean) | undefined,
  ): Promise<boolean> {
    // A run that was released or queued has cost no engine its life.
    const isRecovery = run.owner !== undefined || run.failedRecoveries > 0;
    if (isRecovery) this.#unproven.add(run.runId);
    let resumed: RunHandle | WorkflowError | undefined;
    try {
      resumed = await this.#host.recovery.claim(run, isRecovery, isDue);
    } finally {
      const isActive = resumed !== undefined && "ending" in resumed;
      if (!isActive) this.#leave(run, settle);
    }
    if (resumed === undefined) this.#isCrowded = true;
    else if ("ending" in resumed) {
      this.#follow(run, resumed, settle);
      return true;
    } else if (resumed.code.startsWith("database_")) throw resumed;
    else this.#postpone(run, resumed);
    return false;
  }

  #follow(run: StoredRun, { ending }: RunHandle, settle: () => void): void {
    this.#tell(run, "claimed");
    const left = (ended?: RunEnding): void => {
      const problem = ended === undefined ? undefined : problemOf(ended);
      this.#leave(run, settle);
      // Nothing was recorded, so it could be claimed again at once, for ever.
      if (problem === undefined) this.#postponed.remove(run.runId);
      else this.#postpone(run, problem);
      this.#tell(run, "left", problem === undefined ? ended?.status : undefined);
      this.#pacing.wake();
    };
    ending.then(left, () => left());
    void this.#untilProven(run.runId);
  }

  async #untilProven(runId: string): Promise<void> {
    await this.#host.engine.runs.get(runId)?.proven;
    if (this.#unproven.delete(runId)) this.#pacing.wake();
  }

  #leave({ runId }: StoredRun, settle: () => void): void {
    this.#claimed.delete(runId);
    this.#unproven.delete(runId);
    settle();
  }

  #postpone(run: StoredRun, problem: WorkflowError): void {
    if (problem.code === "engine_closed") return;
    const isElsewhere =
      problem.code === "run_owned_elsewhere" || problem.code === "run_not_resumable";
    if (this.#isPostponedFirst(run, problem.code) && !isElsewhere) this.#report(problem, run.runId);
  }

  #postponeQuietly(run: StoredRun): void {
    this.#isPostponedFirst(run, "held");
  }

  #isPostponedFirst({ runId }: StoredRun, code: string): boolean {
    const { clock, chance } = this.#host.engine.ports;
    return this.#postponed.add(runId, code, clock.now(), chance.next());
  }

  #report(problem: WorkflowError, runId?: string): void {
    if (problem.code === "engine_closed") return;
    ignoringErrors(() => this.#options.onProblem?.(problem, runId));
  }

  #tell({ runId, workflowId }: WorkedRun, what: "claimed" | "left", status?: RunStatus): void {
    ignoringErrors(() => this.#options.onRun?.({ runId, workflowId }, what, status));
  }
}

/** Why the database could not record that a run is paused. */
function problemOf({ status, error = "", errorCode }: RunEnding): WorkflowError | undefined {
  const isUnrecorded = errorCode === "database_full" || errorCode === "database_unusable";
  if (status !== "paused" || !isUnrecorded) return undefined;
  return new WorkflowError(errorCode, error);
}

function ignoringErrors(call: () => unknown): void {
  try {
    const value = call();
    if (value instanceof Promise) value.catch(() => undefined);
  } catch {
    // A listener must not stop the work.
  }
}
