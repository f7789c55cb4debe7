import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Message } from "./messages.ts";

const program = fileURLToPath(new URL("./engine-main.ts", import.meta.url));

/** An engine in a separate process, with the messages it has sent. */
export class EngineProcess {
  readonly child: ChildProcess;
  readonly messages: Message[] = [];
  readonly #exited: Promise<unknown>;

  constructor(
    folder: string,
    verb: "start" | "compete" | "hold" | "programs",
    count: number,
    stepMs = 0,
  ) {
    this.child = fork(program, [folder, verb, String(count), String(stepMs)], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.child.on("message", (message: Message) => this.messages.push(message));
    this.#exited = once(this.child, "exit");
  }

  /** Waits for the first message of this type. */
  async message<T extends Message["type"]>(type: T): Promise<Message & { readonly type: T }> {
    for (;;) {
      const found = this.messages.find((message) => message.type === type);
      if (found !== undefined) return found as Message & { readonly type: T };
      const next = await Promise.race([
        once(this.child, "message"),
        this.#exited.then(() => undefined),
      ]);
      if (next === undefined && !this.messages.some((message) => message.type === type))
        throw new Error(`an engine process exited before it sent "${type}"`);
    }
  }

  /** Tells a competing process to begin. */
  go(): void {
    this.child.send("go");
  }

  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    this.child.kill(signal);
  }

  /** Kills the process if it is still alive, and waits for its exit. */
  async end(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.#exited;
  }
}
