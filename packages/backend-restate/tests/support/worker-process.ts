import { type ChildProcess, fork } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { AgentNote } from "@automatosx/workflow/testing";
import type { WorkerSettings } from "./worker-child.ts";

const CHILD = new URL("worker-child.ts", import.meta.url).pathname;

/** A worker in a process that can be killed. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #exited = Promise.withResolvers<void>();

  private constructor(settings: WorkerSettings) {
    this.#child = fork(CHILD, [JSON.stringify(settings)], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child.once("exit", () => this.#exited.resolve());
  }

  /** Settles when the worker is registered. */
  static async start(settings: WorkerSettings): Promise<WorkerProcess> {
    const worker = new WorkerProcess(settings);
    await worker.#heard("ready");
    return worker;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Kills it like `kill -9`. */
  kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    return this.#exited.promise;
  }

  /** Has it begin no further attempt; settles when it performs none. */
  async drain(): Promise<void> {
    this.#child.send("drain");
    await this.#heard("drained");
  }

  #heard(word: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#child.on("message", (message) => {
        if (message === word) resolve();
      });
      this.#child.once("exit", (code) => reject(new Error(`the worker ended with ${code}`)));
    });
  }
}

/** Reads the notes of agents. */
export function readNotes(log: string): AgentNote[] {
  if (!existsSync(log)) return [];
  const lines = readFileSync(log, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as AgentNote);
}
