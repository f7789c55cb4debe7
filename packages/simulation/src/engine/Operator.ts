import { type RunEnding, type RunHandle, WorkflowError } from "@automatosx/workflow";
import type { Asker, Control } from "./faults.js";
import type { SimulatedProcess } from "./SimulatedProcess.js";
import type { SimulatedRun } from "./SimulatedRun.js";
import type { World } from "./World.js";

/** What a verb may be answered with when something goes wrong or comes too late; anything else is a defect. */
const EXPECTED_ERRORS: ReadonlySet<string> = new Set([
  ...["event_refused", "run_not_resumable", "run_owned_elsewhere", "lease_lost", "engine_closed"],
  ...["database_busy", "database_full", "database_unusable"],
]);

/** After so many recoveries in a row that led to nothing a run is left alone. */
const MAX_RECOVERIES = 3;

/** No engine takes so long to close, though its process stands still in between, in ms. */
const LONGEST_CLOSE_MS = 200_000;

/** Who starts the runs, steers them, and does not rest until each has ended. */
export class Operator {
  /** When the last run ended. */
  overAt = 0;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  get isOver(): boolean {
    // One that stands still over a start may go on with a run that has failed meanwhile.
    return this.#world.runs.every(
      (run) => run.isOver && [...run.starters].every(({ isDead }) => isDead),
    );
  }

  begin(): void {
    for (const run of this.#world.runs) this.#careSoon(run, 0);
  }

  /** The process is gone, with everything that it had not written. */
  crash(process: SimulatedProcess, isSeen: boolean): void {
    if (process.isDead) return;
    this.#world.tell(`${process.name} dies${isSeen ? "" : ", seen by nobody"}`);
    process.die(isSeen);
    for (const run of this.#world.runs) {
      // Whoever asked for the run and had no answer asks again: the process may have had it in hand already.
      if (run.starters.delete(process) && run.isOver && run.model.ending === "failed") {
        run.isOver = false;
        this.#careSoon(run, 0);
      }
      if (run.attendedBy !== process) continue;
      run.attendedBy = undefined;
      run.handle = undefined;
      this.#careSoon(run, this.#world.random.pick([0, 50, 500, 2000]));
    }
  }

  /** The process leaves tidily: its agents are stopped, its runs are let go. */
  async close(process: SimulatedProcess): Promise<void> {
    this.#world.tell(`${process.name} closes`);
    process.isLeaving = true;
    this.#mustClose(process);
    try {
      await process.engine?.close();
    } catch (error) {
      this.#mustBeExpected(error, `${process.name} closes`);
    }
    if (process.isDead) return;
    for (const { id } of this.#world.runs) {
      for (const { key } of this.#world.team.openCalls(process, id ?? ""))
        this.#world.report(`${process.name} has closed; the agent of ${key} is at work`);
    }
    this.crash(process, true);
  }

  // From when it was last kept from it by sleep.
  #mustClose(process: SimulatedProcess): void {
    const { disturbedAt } = process;
    this.#world.time.after(LONGEST_CLOSE_MS, () => {
      if (process.isDead) return;
      if (process.disturbedAt > disturbedAt) this.#mustClose(process);
      else this.#world.report(`${process.name} has been closing for ${LONGEST_CLOSE_MS} ms`);
    });
  }

  /** Another process comes and takes what it can get. */
  sendRival(skewMs: number): void {
    void this.#recover(skewMs);
  }

  async #recover(skewMs: number): Promise<void> {
    const rival = await this.#world.launch(skewMs);
    this.#world.tell(`${rival.name} looks for work`);
    try {
      await this.#recoverAll(rival);
      const named = this.#world.runs.filter(
        (run) => run.isNamed && !run.isOver && run.model.ending !== "failed",
      );
      for (const run of named)
        if (!rival.isDead && this.#world.random.chance(0.5)) await this.#startAgain(run, rival);
    } catch (error) {
      this.#mustBeExpected(error, `${rival.name} recovers`);
    }
    if (!rival.isDead) for (const run of this.#world.runs) this.#adopt(run, rival);
  }

  async #recoverAll(process: SimulatedProcess): Promise<void> {
    const { handles, problems } = (await process.engine?.recover()) ?? {
      handles: [],
      problems: [],
    };
    for (const problem of problems) {
      if (problem.code === "run_quarantined") {
        this.#mustBeQuarantined(problem, process);
        continue;
      }
      this.#mustBeExpected(problem, `${process.name} recovers`);
      // Where it took nothing, no time went by in which another could have come first.
      const isMistaken =
        problem.code === "run_owned_elsewhere" && problem === problems[0] && handles.length === 0;
      if (isMistaken && !process.isDead)
        this.#world.report(
          `${process.name} recovers a run that has a living owner: ${problem.message}`,
        );
    }
  }

  // Until it is asked for by its id, which happens sooner or later.
  #mustBeQuarantined({ runId, message }: WorkflowError, process: SimulatedProcess): void {
    const run = this.#world.runs.find(({ id }) => id === runId);
    this.#world.tell(`${process.name} leaves ${run?.name} alone`);
    if (run === undefined || run.recoveries < MAX_RECOVERIES)
      this.#world.report(`${process.name}: ${message} It was ${run?.recoveries}.`);
  }

  // --- the care of a run

  #careSoon(run: SimulatedRun, afterMs: number): void {
    if (run.isCaredFor || run.isOver) return;
    run.isCaredFor = true;
    this.#world.time.after(afterMs, () => void this.#care(run));
  }

  async #care(run: SimulatedRun): Promise<void> {
    const process = await this.#workplace();
    run.isCaredFor = false;
    if (run.isOver || run.attendedBy !== undefined) return;
    // A process that dies or stands still over it will not say so.
    this.#world.time.after(this.#world.random.between(15_000, 40_000), () => {
      if (run.attendedBy === undefined) this.#careSoon(run, 0);
    });
    // A start that was not acknowledged may have been written all the same.
    const isStarted =
      run.model.entries.length > 0 ||
      (run.id !== undefined && this.#world.look.getRun(run.id) !== undefined);
    try {
      if (run.isNamed && (!isStarted || this.#world.random.chance(0.5)))
        await this.#startAgain(run, process);
      else if (isStarted) await this.#takeUp(run, process);
      else if (run.startedBy === undefined || run.startedBy.isDead) await this.#start(run, process);
    } catch (error) {
      this.#failed(run, process, error);
    }
  }

  async #start(run: SimulatedRun, process: SimulatedProcess): Promise<void> {
    const { engine } = process;
    const { source, format, inputs, context } = run.workflow;
    this.#world.tell(`${process.name} starts ${run.name}`);
    run.startedBy = process;
    let started: Promise<RunHandle> | undefined;
    this.#world.starting(run, () => {
      started = engine?.start(source, { inputs, context, format });
    });
    const handle = await started?.catch((error: unknown) => {
      run.startedBy = undefined;
      throw error;
    });
    if (handle !== undefined && !process.isDead) {
      if (run.model.entries.length === 0)
        this.#world.report(`${run.name} is said to have started, and nothing is on record`);
      this.#watch(run, process, handle);
    }
  }

  // Whatever became of it: begun by this process or by another in the same moment, left, paused, failed, over.
  async #startAgain(run: SimulatedRun, process: SimulatedProcess): Promise<void> {
    const { source, format, inputs, context } = run.workflow;
    this.#world.tell(`${process.name} starts ${run.name} by its name`);
    run.starters.add(process);
    const started = process.engine?.start(source, {
      inputs,
      context,
      format,
      ...(run.id !== undefined && { runId: run.id }),
    });
    const handle = await started?.finally(() => run.starters.delete(process));
    if (handle === undefined || process.isDead) return;
    if (run.model.entries.length === 0)
      this.#world.report(`${run.name} is said to have started, and nothing is on record`);
    run.isOver = false;
    this.#watch(run, process, handle);
  }

  async #takeUp(run: SimulatedRun, process: SimulatedProcess): Promise<void> {
    const { engine, name } = process;
    const id = run.id ?? "";
    const checkpoints = run.wantsRestore ? this.#world.look.listCheckpoints(id) : [];
    run.wantsRestore = false;
    if (checkpoints.length > 0) {
      const { checkpointId } = this.#world.random.pick(checkpoints);
      this.#world.tell(`${name} takes ${run.name} back to a checkpoint`);
      const handle = await engine?.resume(checkpointId);
      if (handle !== undefined && !process.isDead) this.#watch(run, process, handle);
    } else if (run.model.ending === undefined && this.#world.random.chance(0.3)) {
      this.#world.tell(`${name} recovers what it can`);
      await this.#recoverAll(process);
      if (!process.isDead) for (const other of this.#world.runs) this.#adopt(other, process);
      if (!process.isDead && run.attendedBy === undefined) this.#careSoon(run, 2000);
    } else {
      this.#world.tell(`${name} takes ${run.name} up`);
      const handle = await engine?.resume(id);
      if (handle !== undefined && !process.isDead) this.#watch(run, process, handle);
    }
  }

  #adopt(run: SimulatedRun, process: SimulatedProcess): void {
    if (
      run.isOver ||
      run.id === undefined ||
      run.model.entries.length === 0 ||
      run.attendedBy === process
    )
      return;
    const handle = process.engine?.activeRun(run.id);
    if (handle !== undefined) this.#watch(run, process, handle);
  }

  #failed(run: SimulatedRun, process: SimulatedProcess, error: unknown): void {
    if (process.isDead) {
      this.#careSoon(run, 100);
      return;
    }
    this.#mustBeExpected(error, `${process.name} takes care of ${run.name}`);
    if (run.model.ending === "completed" || run.model.ending === "cancelled") {
      this.#over(run);
      return;
    }
    this.#adopt(run, process);
    if (run.attendedBy === undefined) this.#careSoon(run, this.#world.random.between(1000, 6000));
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

  // --- watching

  #watch(run: SimulatedRun, process: SimulatedProcess, handle: RunHandle): void {
    run.attendedBy = process;
    run.handle = handle;
    run.isPutAside = false;
    if (this.#world.random.chance(0.1)) void this.#follow(run, handle);
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
      this.#mustBeExpected(error, `a follower of ${run.name}`);
    }
  }

  #ended(run: SimulatedRun, process: SimulatedProcess, ending: RunEnding): void {
    this.#world.tell(`${process.name} says that ${run.name} is ${ending.status}`);
    const { model } = run;
    if (ending.status !== (model.ending ?? "paused"))
      this.#world.report(`${run.name} ends ${ending.status}; on record it is ${model.ending}`);
    if (JSON.stringify(sorted(ending.results)) !== JSON.stringify(sorted(model.results))) {
      this.#world.report(
        `${run.name} ends with ${JSON.stringify(ending.results)}; on record is ${JSON.stringify(model.results)}`,
      );
    }
    for (const { key } of this.#world.team.openCalls(process, ending.runId)) {
      this.#world.report(`${run.name} ends ${ending.status} while the agent of ${key} is at work`);
    }
    if (run.attendedBy !== process) return;
    run.attendedBy = undefined;
    run.handle = undefined;
    if (ending.status === "completed" || ending.status === "cancelled") {
      this.#over(run);
    } else if (ending.status === "failed" && run.resumesLeft === 0 && !run.wantsRestore) {
      this.#over(run);
    } else {
      if (ending.status === "failed") run.resumesLeft = Math.max(0, run.resumesLeft - 1);
      this.#careSoon(run, this.#world.random.pick([0, 0, 50, 1000]));
    }
  }

  #dropped(run: SimulatedRun, process: SimulatedProcess, error: unknown): void {
    this.#mustBeExpected(error, `${process.name} drops ${run.name}`);
    const alive = this.#world.team
      .callsOf(process, run.id ?? "")
      .filter(({ isAborted }) => !isAborted);
    for (const { key } of alive)
      this.#world.report(`${process.name} drops ${run.name} and lets the agent of ${key} go on`);
    if (run.attendedBy !== process) return;
    run.attendedBy = undefined;
    run.handle = undefined;
    this.#careSoon(run, this.#world.random.pick([0, 0, 50, 2000]));
  }

  #over(run: SimulatedRun): void {
    run.isOver = true;
    this.overAt = this.#world.time.now;
  }

  // --- steering

  /** Asks something of a run, at whatever moment this is. */
  control(run: SimulatedRun, verb: Control, from: Asker): void {
    this.#world.tell(
      `${from === "owner" ? "its owner" : "another process"} is to ${verb} ${run.name}`,
    );
    if (verb === "cancel") run.wasCancelAsked = true;
    if (verb === "restore") run.wantsRestore = true;
    void this.#ask(run, verb, from).catch((error: unknown) =>
      this.#mustBeExpected(error, `${verb} of ${run.name}`),
    );
  }

  async #ask(run: SimulatedRun, verb: Control, from: Asker): Promise<void> {
    if (run.id === undefined || this.#world.look.getRun(run.id) === undefined) return;
    if (from === "owner") {
      const { handle, attendedBy } = run;
      if (handle !== undefined && attendedBy?.isDead === false && attendedBy.clock.isRunning)
        await this.#tellOwner(run, verb, handle, attendedBy);
      return;
    }
    const visitor = await this.#world.launch();
    visitor.isLeaving = true;
    try {
      await this.#tellElsewhere(run, verb, visitor);
    } finally {
      visitor.die(true);
    }
  }

  async #tellOwner(
    run: SimulatedRun,
    verb: Control,
    handle: RunHandle,
    process: SimulatedProcess,
  ): Promise<void> {
    switch (verb) {
      case "pause":
      case "restore":
        await handle.pause();
        break;
      case "pause-and-resume":
        await handle.pause();
        process.deliver(this.#world.random.between(0, 50), () => {
          handle
            .resume()
            .catch((error: unknown) => this.#mustBeExpected(error, `resume of ${run.name}`));
        });
        break;
      case "stop-agents":
        await handle.pause({ stopAgents: true });
        break;
      case "cancel":
        await handle.cancel();
        if (!process.isDead) run.wasCancelAcknowledged = true;
        break;
      case "checkpoint": {
        const checkpointId = await handle.checkpoint("asked-for");
        if (!process.isDead) this.#mustHaveCheckpoint(run, checkpointId);
        break;
      }
    }
  }

  async #tellElsewhere(run: SimulatedRun, verb: Control, visitor: SimulatedProcess): Promise<void> {
    const { engine } = visitor;
    const id = run.id ?? "";
    switch (verb) {
      case "pause":
      case "pause-and-resume":
      case "stop-agents":
      case "restore":
        await engine?.pause(id);
        break;
      case "cancel":
        await engine?.cancel(id);
        if (!visitor.isDead) run.wasCancelAcknowledged = true;
        break;
      case "checkpoint": {
        const checkpointId = await engine?.checkpoint(id, "asked-for");
        if (!visitor.isDead) this.#mustHaveCheckpoint(run, checkpointId ?? "");
        break;
      }
    }
  }

  #mustHaveCheckpoint(run: SimulatedRun, checkpointId: string): void {
    this.#world.tell(`${run.name} has its checkpoint`);
    if (
      !run.model.hasCheckpoint(checkpointId) ||
      this.#world.look.getCheckpoint(checkpointId) === undefined
    ) {
      this.#world.report(
        `${run.name}: checkpoint ${checkpointId} was acknowledged, and is not there`,
      );
    }
  }

  #mustBeExpected(error: unknown, where: string): void {
    if (error instanceof WorkflowError && EXPECTED_ERRORS.has(error.code)) {
      this.#world.tell(`${where}: ${error.code}`);
      return;
    }
    const text =
      error instanceof WorkflowError
        ? `${error.code}: ${error.message}`
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error);
    this.#world.report(`${where}: ${text}`);
  }
}

/** With its keys in order: two ways of writing down the same results. */
export function sorted(results: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(results).sort(([a], [b]) => (a < b ? -1 : 1)));
}
