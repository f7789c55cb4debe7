import type { RunHandle } from "@automatosx/workflow";
import { type Command, commandText, type PlaceFlags } from "./command.js";
import { ExitCode } from "./exit-codes.js";
import type { CliIo } from "./io.js";

const RETRY_PAUSE_MS = 20;
/**
 * npm and npx forward a Ctrl-C that the terminal has also sent. A second signal within this time
 * counts as the same press.
 */
const SAME_PRESS_MS = 50;

/** How to resume an interrupted run. */
export interface Resumption {
  readonly command: (runId: string) => Command;
  /** Where the runs are. */
  readonly place: PlaceFlags;
}

/**
 * Handles Ctrl-C. After the first press no new steps start and running steps finish; the second
 * press stops the agents; the third ends the process. The run can be resumed after any of them.
 * SIGTERM and a closed terminal count as the second press.
 */
export class Interrupts {
  readonly #io: CliIo;
  readonly #release: (() => void)[];
  readonly #resumption: Resumption;
  /** True while the run cannot be claimed yet. A press then ends the process: nothing has begun. */
  isWaiting = false;
  /** Cancels the question that is on the terminal while the run is at rest. */
  #cancelQuestion: (() => void) | undefined;
  #handle: RunHandle | undefined;
  #notice: (text: string) => void;
  #presses = 0;
  #pressedAt = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  constructor(io: CliIo, resumption: Resumption) {
    this.#io = io;
    this.#resumption = resumption;
    this.#notice = (text) => io.stderr.line(text);
    this.#release = [
      io.onSignal("SIGINT", () => this.#ctrlC()),
      io.onSignal("SIGTERM", () => this.#press(Math.max(2, this.#presses + 1))),
      io.onSignal("SIGHUP", () => this.#press(Math.max(2, this.#presses))),
    ];
  }

  get wasInterrupted(): boolean {
    return this.#presses > 0;
  }

  /** Sets the run that a press pauses. Earlier presses take effect now. */
  attach(handle: RunHandle, notice: (text: string) => void): void {
    this.#handle = handle;
    this.isWaiting = false;
    this.#notice = notice;
    if (this.#presses > 0) void this.#pause(this.#presses);
  }

  /** Until the returned function is called, a press only cancels the current question. */
  whileAsking(cancel: () => void): () => void {
    this.#cancelQuestion = cancel;
    return () => {
      this.#cancelQuestion = undefined;
    };
  }

  stop(): void {
    this.#isStopped = true;
    for (const release of this.#release) release();
  }

  #ctrlC(): void {
    const now = performance.now();
    if (now - this.#pressedAt < SAME_PRESS_MS) return;
    this.#pressedAt = now;
    this.#press(this.#presses + 1);
  }

  #press(presses: number): void {
    if (this.#isStopped || presses === this.#presses) return;
    this.#presses = presses;
    if (this.#cancelQuestion !== undefined) return this.#cancelQuestion();
    if (this.isWaiting) {
      this.#notice("Stopped waiting: nothing was started.");
      return this.#io.exitNow(ExitCode.interrupted);
    }
    if (presses > 2) {
      this.#reportLeftAgents();
      return this.#io.exitNow(ExitCode.interrupted);
    }
    this.#notice(
      presses === 1
        ? "Pausing: no new steps start, and running steps finish. Ctrl-C again stops their agents."
        : "Stopping the agents; a resume retries their steps. Ctrl-C again exits at once.",
    );
    void this.#pause(presses);
  }

  #reportLeftAgents(): void {
    if (this.#handle === undefined) return;
    const { command, place } = this.#resumption;
    const resume = commandText(command(this.#handle.id), this.#io.stderr.typedAxw, place);
    this.#notice(`Exited at once: agents may still be running. \`${resume}\` stops them.`);
  }

  // The machine refuses a pause while a checkpoint is being written and before the first step, but
  // accepts it a moment later.
  async #pause(presses: number): Promise<void> {
    while (!this.#isStopped && presses === this.#presses && this.#handle !== undefined) {
      try {
        return await this.#handle.pause({ stopAgents: presses > 1 });
      } catch (error) {
        // A storage failure also rejects `ending`, where it is reported.
        if ((error as { code?: string }).code !== "event_refused") return;
        await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
      }
    }
  }
}
