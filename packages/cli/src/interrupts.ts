import type { RunHandle } from "@automatosx/workflow";
import { ExitCode } from "./exit-codes.js";
import type { CliIo } from "./io.js";
import { shortId } from "./render/words.js";

const AGAIN_MS = 20;
/** npm and npx pass on a Ctrl-C that the terminal has sent as well: what comes within this time is the same press. */
const SAME_PRESS_MS = 50;

/**
 * Ctrl-C: the first starts nothing new and lets running steps finish, the second stops the agents, the third leaves
 * at once; the run can be resumed after each. SIGTERM and a terminal that goes away count as the second.
 */
export class Interrupts {
  readonly #io: CliIo;
  readonly #release: (() => void)[];
  readonly #resumeFlags: string;
  #handle: RunHandle | undefined;
  #notice: (text: string) => void;
  #presses = 0;
  #pressedAt = Number.NEGATIVE_INFINITY;
  #isOver = false;

  /** `resumeFlags`: what `axw resume` needs to find the same agents and database. */
  constructor(io: CliIo, resumeFlags: string) {
    this.#io = io;
    this.#resumeFlags = resumeFlags;
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

  /** Tells what run is meant; what was pressed before it was there is done now. */
  attach(handle: RunHandle, notice: (text: string) => void): void {
    this.#handle = handle;
    this.#notice = notice;
    if (this.#presses > 0) void this.#pause(this.#presses);
  }

  stop(): void {
    this.#isOver = true;
    for (const release of this.#release) release();
  }

  #ctrlC(): void {
    const now = performance.now();
    if (now - this.#pressedAt < SAME_PRESS_MS) return;
    this.#pressedAt = now;
    this.#press(this.#presses + 1);
  }

  #press(presses: number): void {
    if (this.#isOver || presses === this.#presses) return;
    this.#presses = presses;
    if (presses > 2) {
      this.#sayWhatIsLeft();
      return this.#io.exitNow(ExitCode.interrupted);
    }
    this.#notice(
      presses === 1
        ? "Pausing: nothing new starts, running steps may finish. Ctrl-C again stops their agents."
        : "Stopping the agents; their steps will be tried again on resume. Ctrl-C again leaves at once.",
    );
    void this.#pause(presses);
  }

  #sayWhatIsLeft(): void {
    if (this.#handle === undefined) return;
    const resume = this.#io.stderr.asTyped(
      `axw resume ${shortId(this.#handle.id)}${this.#resumeFlags}`,
    );
    this.#notice(`Left at once: agents may still be at work; \`${resume}\` ends them.`);
  }

  // While a checkpoint is being written, or before the first step, the machine declines; a moment later it does not.
  async #pause(presses: number): Promise<void> {
    while (!this.#isOver && presses === this.#presses && this.#handle !== undefined) {
      try {
        return await this.#handle.pause({ stopAgents: presses > 1 });
      } catch (error) {
        // Storage that fails reaches the ending, which is told.
        if ((error as { code?: string }).code !== "event_refused") return;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }
}
