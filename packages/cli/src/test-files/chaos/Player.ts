import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Job, JobMessage, JobReport } from "./job.js";

/** The program of a player. Its path is the same from this file and from the bundle. */
const PROGRAM = fileURLToPath(new URL("../../../dist/chaos-child.js", import.meta.url));

/** How long a job may take, in ms of real time. */
const LIMIT_MS = 180_000;

/** How a job ended: it was played to its end, or its process was killed. */
export type JobEnd =
  | { readonly kind: "report"; readonly report: JobReport }
  | { readonly kind: "killed" }
  | { readonly kind: "error"; readonly message: string };

/** A process that plays jobs, one after the other, until it is killed. */
class Player {
  readonly #child: ChildProcess;
  readonly #ended: Promise<NodeJS.Signals | number>;
  #errors = "";

  constructor(directory: string) {
    this.#child = spawn(process.execPath, [PROGRAM], {
      cwd: directory,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      serialization: "advanced",
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errors = (this.#errors + text).slice(-2_000);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on("error", () => resolve(1));
      this.#child.on("exit", (code, signal) => resolve(signal ?? code ?? 1));
    });
    // It is ended with this process even if it is busy.
    this.#child.on("message", () => undefined);
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async play(job: Job): Promise<JobEnd> {
    const replied = new Promise<JobEnd>((resolve) => {
      this.#child.on("message", (message: JobMessage) => {
        if (message.kind !== "ready") resolve(message);
      });
    });
    const limit = setTimeout(() => this.#child.kill("SIGTERM"), LIMIT_MS);
    this.#child.send(job, (error) => void (error !== null && this.stop()));
    const end = await Promise.race([replied, this.#ended]);
    clearTimeout(limit);
    this.#child.removeAllListeners("message");
    if (typeof end === "object") return end;
    if (end === "SIGKILL" && job.kill !== undefined) return { kind: "killed" };
    const why = this.#errors.trim() === "" ? "" : `: ${this.#errors.trim()}`;
    return { kind: "error", message: `the process of the case ended (${end})${why}` };
  }

  stop(): void {
    if (!this.hasEnded) this.#child.kill("SIGKILL");
  }
}

/**
 * Processes that play jobs. One is always started ahead, since starting takes longer than a job.
 */
export class Players implements Disposable {
  readonly #directory: string;
  readonly #idle: Player[] = [];
  readonly #busy = new Set<Player>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Plays a job in a process that no job has killed. */
  async play(job: Job): Promise<JobEnd> {
    const player = this.#idle.shift() ?? new Player(this.#directory);
    this.#busy.add(player);
    if (this.#idle.length === 0 && job.kill !== undefined)
      this.#idle.push(new Player(this.#directory));
    const end = await player.play(job);
    this.#busy.delete(player);
    if (player.hasEnded || end.kind !== "report") player.stop();
    else this.#idle.push(player);
    return end;
  }

  [Symbol.dispose](): void {
    for (const player of [...this.#idle, ...this.#busy]) player.stop();
  }
}
