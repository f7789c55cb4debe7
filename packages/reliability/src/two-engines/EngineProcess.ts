import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Message } from "./messages.ts";

const program = fileURLToPath(new URL("./engine-process.ts", import.meta.url));

/** An engine in a process of its own, and what it has told. */
export class EngineProcess {
  readonly child: ChildProcess;
  readonly messages: Message[] = [];
  readonly #exited: Promise<unknown>;

  constructor(folder: string, verb: "begin" | "compete" | "hold", count: number, stepMs = 0) {
    this.child = fork(program, [folder, verb, String(count), String(stepMs)], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.child.on("message", (message: Message) => this.messages.push(message));
    this.#exited = once(this.child, "exit");
  }

  /** The first message of this type, once it is there. */
  async told<T extends Message["type"]>(type: T): Promise<Message & { readonly type: T }> {
    for (;;) {
      const found = this.messages.find((message) => message.type === type);
      if (found !== undefined) return found as Message & { readonly type: T };
      const next = await Promise.race([
        once(this.child, "message"),
        this.#exited.then(() => undefined),
      ]);
      if (next === undefined && !this.messages.some((message) => message.type === type))
        throw new Error(`a process of two-engines ended before it was "${type}"`);
    }
  }

  go(): void {
    this.child.send("go");
  }

  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    this.child.kill(signal);
  }

  /** Kills it where it still lives, and waits for its end. */
  async end(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.#exited;
  }
}
