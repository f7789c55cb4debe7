import type { RunEnding, RunHandle } from "@automatosx/workflow";
import { answerAll, raiseBudget } from "./answer-questions.js";
import { mustBeExpected, mustBeExpectedOfStart } from "./expected-errors.js";
import { recoverAll } from "./recover-all.js";
import type { SimulatedProcess } from "./SimulatedProcess.js";
import type { SimulatedRun } from "./SimulatedRun.js";
import { sortedJson } from "./sorted-json.js";
import type { WorldView } from "./world-view.js";

/** How often the wait after a failed call is doubled. */
const MAX_DOUBLINGS = 6;

/**
 * Brings every run to its end: starts or resumes it in some process, watches its handle, and tries
 * again when the process dies, the call fails, or the run pauses.
 */
export class RunKeeper {
  /** When the last run ended. */
  endedAt = 0;
  readonly #world: WorldView;

  constructor(world: WorldView) {
    this.#world = world;
  }

  /** Plans work on the run after this time, unless it is already planned. */
  schedule(run: SimulatedRun, afterMs: number): void {
    if (run.isScheduled || run.hasEnded) return;
    run.isScheduled = true;
    this.#world.time.after(afterMs, () => void this.#work(run));
  }

  async #work(run: SimulatedRun): Promise<void> {
    const process = await this.#workplace();
    run.isScheduled = false;
    if (run.hasEnded || run.watchedIn !== undefined) return;
    // A process that dies or freezes during the call never answers.
    let hasFailed = false;
    this.#world.time.after(this.#world.random.between(15_000, 40_000), () => {
      if (!hasFailed && run.watchedIn === undefined) this.schedule(run, 0);
    });
    // An unacknowledged start may still have been written.
    const isStarted =
      run.model.entries.length > 0 ||
      (run.id !== undefined && this.#world.storage.getRun(run.id) !== undefined);
    try {
      if (run.isNamed && (!isStarted || this.#world.random.chance(0.5)))
        await this.startById(run, process);
      else if (isStarted) await this.#resume(run, process);
      else if (run.startedBy === undefined || run.startedBy.isDead) await this.#start(run, process);
      run.failuresInRow = 0;
    } catch (error) {
      hasFailed = true;
      this.#failed(run, process, error);
    }
  }

  async #workplace(): Promise<SimulatedProcess> {
    const running = this.#world.processes.filter(
      (process) =>
        !process.isDead &&
        !process.isLeaving &&
        process.clock.isRunning &&
        process.engine !== undefined,
    );
    const last = running.at(-1);
    if (last !== undefined && this.#world.random.chance(0.8)) return last;
    return this.#world.launch();
  }

  // --- starting and resuming

  async #start(run: SimulatedRun, process: SimulatedProcess): Promise<void> {
    const { engine } = process;
    const { prepared, inputs, context } = run.workflow;
    this.#world.log(`${process.name} starts ${run.name}`);
    run.startedBy = process;
    let started: Promise<RunHandle> | undefined;
    this.#world.starting(run, () => {
      started = engine?.start(prepared, { inputs, context });
    });
    const handle = await started?.catch((error: unknown) => {
      run.startedBy = undefined;
      throw error;
    });
    if (handle === undefined || process.isDead) return;
    this.#checkStarted(run);
    this.#watch(run, process, handle);
  }

  /**
   * Starts a named run, regardless of its state: not yet started, being started by another process,
   * orphaned, paused, failed or ended.
   */
  async startById(run: SimulatedRun, process: SimulatedProcess): Promise<void> {
    const { inputs, context } = run.workflow;
    const { prepared } = run.model;
    this.#world.log(`${process.name} starts ${run.name} by its id`);
    run.starters.add(process);
    const started = process.engine?.start(prepared, {
      inputs,
      context,
      ...(run.id !== undefined && { runId: run.id }),
    });
    const handle = await started?.finally(() => run.starters.delete(process));
    if (handle === undefined || process.isDead) return;
    this.#checkStarted(run);
    run.hasEnded = false;
    this.#watch(run, process, handle);
  }

  #checkStarted(run: SimulatedRun): void {
    if (run.model.entries.length === 0)
      this.#world.report(`${run.name} was acknowledged as started, but its journal is empty`);
  }

  async #resume(run: SimulatedRun, process: SimulatedProcess): Promise<void> {
    const { engine, name } = process;
    const id = run.id ?? "";
    const checkpoints = run.wantsRestore ? this.#world.storage.listCheckpoints(id) : [];
    run.wantsRestore = false;
    if (checkpoints.length > 0) {
      const { checkpointId } = this.#world.random.pick(checkpoints);
      this.#world.log(`${name} restores a checkpoint of ${run.name}`);
      const handle = await engine?.resume(checkpointId);
      if (handle !== undefined && !process.isDead) this.#watch(run, process, handle);
    } else if (run.model.ending === undefined && this.#world.random.chance(0.3)) {
      this.#world.log(`${name} recovers every run it can`);
      await recoverAll(this.#world, process);
      if (!process.isDead) this.adoptAll(process);
      if (!process.isDead && run.watchedIn === undefined) this.schedule(run, 2000);
    } else {
      this.#world.log(`${name} resumes ${run.name}`);
      const handle = await engine?.resume(id);
      if (handle !== undefined && !process.isDead) this.#watch(run, process, handle);
    }
  }

  /** Watches every run that is active in this process. */
  adoptAll(process: SimulatedProcess): void {
    for (const run of this.#world.runs) this.#adopt(run, process);
  }

  #adopt(run: SimulatedRun, process: SimulatedProcess): void {
    if (
      run.hasEnded ||
      run.id === undefined ||
      run.model.entries.length === 0 ||
      run.watchedIn === process
    )
      return;
    const handle = process.engine?.activeRun(run.id);
    if (handle !== undefined) this.#watch(run, process, handle);
  }

  #failed(run: SimulatedRun, process: SimulatedProcess, error: unknown): void {
    if (process.isDead) {
      this.schedule(run, 100);
      return;
    }
    mustBeExpectedOfStart(this.#world, error, {
      where: `${process.name} works on ${run.name}`,
      hasChanged: run.model.changes > 0,
    });
    if (run.model.ending === "completed" || run.model.ending === "cancelled") {
      this.#end(run);
      return;
    }
    this.#adopt(run, process);
    if (run.watchedIn !== undefined) return;
    // A hanging agent may keep another process busy for hours.
    const factor = 2 ** Math.min(run.failuresInRow, MAX_DOUBLINGS);
    run.failuresInRow += 1;
    this.schedule(run, factor * this.#world.random.between(1000, 6000));
  }

  // --- watching

  #watch(run: SimulatedRun, process: SimulatedProcess, handle: RunHandle): void {
    run.watchedIn = process;
    run.handle = handle;
    run.isSuspended = false;
    // A resume that waited for an expired lease may find a run that has failed meanwhile.
    run.hasEnded = false;
    if (this.#world.random.chance(0.1)) void this.#follow(run, handle);
    // An answer may come while other steps run.
    if (run.model.waitsFor.length > 0 && this.#world.random.chance(0.5))
      this.#world.time.after(this.#world.random.between(50, 5000), () => {
        if (!process.isDead) void answerAll(this.#world, run, process);
      });
    void this.#awaitEnding(run, process, handle);
  }

  async #awaitEnding(
    run: SimulatedRun,
    process: SimulatedProcess,
    handle: RunHandle,
  ): Promise<void> {
    try {
      const ending = await handle.ending;
      if (!process.isDead) this.#ended(run, process, ending);
    } catch (error) {
      if (!process.isDead) this.#dropped(run, process, error);
    }
  }

  async #follow(run: SimulatedRun, handle: RunHandle): Promise<void> {
    const events: (typeof run.followed)[number] = [];
    run.followed.push(events);
    try {
      for await (const event of handle.events()) events.push(event);
    } catch (error) {
      mustBeExpected(this.#world, error, `a follower of ${run.name}`);
    }
  }

  #ended(run: SimulatedRun, process: SimulatedProcess, ending: RunEnding): void {
    this.#world.log(`${process.name} reports ${run.name} as ${ending.status}`);
    this.#checkEnding(run, process, ending);
    if (run.watchedIn !== process) return;
    run.watchedIn = undefined;
    run.handle = undefined;
    const { status } = ending;
    if (status === "completed" || status === "cancelled") {
      this.#end(run);
    } else if (status === "failed" && run.resumesLeft === 0 && !run.wantsRestore) {
      this.#end(run);
    } else {
      if (status === "failed") run.resumesLeft = Math.max(0, run.resumesLeft - 1);
      if (run.model.pausedFor === "budget") void raiseBudget(this.#world, run, process);
      if (run.model.waitsFor.length > 0) void answerAll(this.#world, run, process);
      this.schedule(run, this.#world.random.pick([0, 0, 50, 1000]));
    }
  }

  #checkEnding(run: SimulatedRun, process: SimulatedProcess, ending: RunEnding): void {
    const { model } = run;
    const { status, results, runId } = ending;
    const wrong = (what: string): void =>
      this.#world.report(`${run.name} was reported as ${status} ${what}`);
    if (status !== (model.ending ?? "paused"))
      wrong(`but according to its journal it is ${model.ending}`);
    const [reported, recorded] = [sortedJson(results), sortedJson(model.results)];
    // Of a run that is paused, an answer may have come since.
    const isComparable = status !== "paused" || run.workflow.isOpenEnded !== true;
    if (reported !== recorded && isComparable)
      wrong(`with the results ${reported}; its journal has ${recorded}`);
    for (const { key } of this.#world.team.openCalls(process, runId))
      wrong(`but the agent of ${key} is still working`);
  }

  #dropped(run: SimulatedRun, process: SimulatedProcess, error: unknown): void {
    mustBeExpected(this.#world, error, `${process.name} drops ${run.name}`);
    const alive = this.#world.team
      .callsOf(process, run.id ?? "")
      .filter(({ isAborted }) => !isAborted);
    for (const { key } of alive)
      this.#world.report(
        `${process.name} dropped ${run.name} without aborting the agent of ${key}`,
      );
    if (run.watchedIn !== process) return;
    run.watchedIn = undefined;
    run.handle = undefined;
    this.schedule(run, this.#world.random.pick([0, 0, 50, 2000]));
  }

  #end(run: SimulatedRun): void {
    run.hasEnded = true;
    this.endedAt = this.#world.time.now;
  }
}
