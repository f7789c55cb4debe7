import { mustBeExpected, mustBeExpectedOfStart } from "./expected-errors.js";
import type { Command, Sender } from "./Fault.js";
import { RunKeeper } from "./RunKeeper.js";
import { recoverAll } from "./recover-all.js";
import type { SimulatedProcess } from "./SimulatedProcess.js";
import type { SimulatedRun } from "./SimulatedRun.js";
import { sendCommand } from "./send-command.js";
import type { WorldView } from "./world-view.js";

/**
 * Maximum time in ms that an engine takes to close, not counting time for which its process is
 * frozen.
 */
const MAX_CLOSE_MS = 200_000;

/** Operates a world's processes: starts the runs, ends processes, and sends commands. */
export class Operator {
  readonly #world: WorldView;
  readonly #keeper: RunKeeper;

  constructor(world: WorldView) {
    this.#world = world;
    this.#keeper = new RunKeeper(world);
  }

  /** True once every run has ended and no process can still resume a failed run. */
  get isDone(): boolean {
    return this.#world.runs.every(
      (run) => run.hasEnded && [...run.starters].every(({ isDead }) => isDead),
    );
  }

  /** When the last run ended. */
  get endedAt(): number {
    return this.#keeper.endedAt;
  }

  /** Continues the runs that a resume which had waited has restored after they had failed. */
  continueRestored(): void {
    for (const run of this.#world.runs) {
      if (!run.hasEnded || run.model.ending !== undefined) continue;
      run.hasEnded = false;
      this.#keeper.schedule(run, 0);
    }
  }

  begin(): void {
    for (const run of this.#world.runs) this.#keeper.schedule(run, 0);
  }

  /** Kills the process: everything that it has not written is lost. */
  crash(process: SimulatedProcess, isSeen: boolean): void {
    if (process.isDead) return;
    this.#world.log(`${process.name} dies${isSeen ? "" : ", unnoticed"}`);
    process.die(isSeen);
    for (const run of this.#world.runs) {
      // A caller whose start got no answer repeats it: the process may have resumed the run.
      if (run.starters.delete(process) && run.hasEnded && run.model.ending === "failed") {
        run.hasEnded = false;
        this.#keeper.schedule(run, 0);
      }
      if (run.watchedIn !== process) continue;
      run.watchedIn = undefined;
      run.handle = undefined;
      this.#keeper.schedule(run, this.#world.random.pick([0, 50, 500, 2000]));
    }
  }

  /** Closes the process's engine, which stops its agents and releases its runs, then ends it. */
  async close(process: SimulatedProcess): Promise<void> {
    this.#world.log(`${process.name} closes`);
    process.isLeaving = true;
    this.#limitClosing(process);
    try {
      await process.engine?.close();
    } catch (error) {
      mustBeExpected(this.#world, error, `${process.name} closes`);
    }
    if (process.isDead) return;
    for (const { id } of this.#world.runs) {
      for (const { key } of this.#world.team.openCalls(process, id ?? ""))
        this.#world.report(`${process.name} has closed, but the agent of ${key} is still working`);
    }
    this.crash(process, true);
  }

  // The limit counts from the end of the last disturbance.
  #limitClosing(process: SimulatedProcess): void {
    const { disturbedAt } = process;
    this.#world.time.after(MAX_CLOSE_MS, () => {
      if (process.isDead) return;
      if (process.disturbedAt > disturbedAt) this.#limitClosing(process);
      else this.#world.report(`${process.name} has been closing for ${MAX_CLOSE_MS} ms`);
    });
  }

  /** Starts another process, which claims every run that it can. */
  sendRival(skewMs: number): void {
    void this.#recoverInRival(skewMs);
  }

  async #recoverInRival(skewMs: number): Promise<void> {
    const rival = await this.#world.launch(skewMs);
    this.#world.log(`${rival.name} looks for work`);
    try {
      await recoverAll(this.#world, rival);
      const named = this.#world.runs.filter(
        (run) => run.isNamed && !run.hasEnded && run.model.ending !== "failed",
      );
      for (const run of named)
        if (!rival.isDead && this.#world.random.chance(0.5))
          await this.#keeper.startById(run, rival);
    } catch (error) {
      mustBeExpectedOfStart(this.#world, error, {
        where: `${rival.name} recovers`,
        hasChanged: this.#world.runs.some(({ model }) => model.changes > 0),
      });
    }
    if (!rival.isDead) this.#keeper.adoptAll(rival);
  }

  /** Sends a command to a run, regardless of the run's state. */
  command(run: SimulatedRun, command: Command, from: Sender): void {
    sendCommand(this.#world, run, command, from);
  }
}
