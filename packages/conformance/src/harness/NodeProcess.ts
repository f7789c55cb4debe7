import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { WorkflowError, type WorkflowErrorCode } from "@automatosx/workflow";

/** A request to a process, with the id that its answer has. */
export interface Asked {
  readonly id: number;
  readonly verb: string;
  readonly given: readonly unknown[];
}

/** What a process answers. */
export type Answer =
  | { readonly id: number; readonly value?: unknown }
  | { readonly id: number; readonly code: WorkflowErrorCode | undefined; readonly message: string };

/** A process of a backend, which answers requests, and can be killed and frozen. */
export class NodeProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #asked = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #exited: Promise<unknown>;
  #lastId = 0;

  private constructor(program: string, name: string, settings: object, onExit: () => void) {
    this.name = name;
    this.#child = fork(program, [JSON.stringify({ ...settings, name })], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      serialization: "advanced",
    });
    this.#child.on("message", (message: Answer | "ready") => {
      if (message === "ready") this.#ready.resolve();
      else this.#settle(message);
    });
    this.#exited = once(this.#child, "exit").then(() => {
      this.#refuseAll(new WorkflowError("engine_closed", `The process ${name} is gone.`));
      return onExit();
    });
  }

  /** Starts a program, and settles when it is ready. `onExit` is called when it is gone. */
  static async start(
    program: string,
    name: string,
    settings: object,
    onExit: () => void = () => undefined,
  ): Promise<NodeProcess> {
    const started = new NodeProcess(program, name, settings, onExit);
    await started.#ready.promise;
    return started;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Has the process do something, and settles with what it answers. */
  ask<T>(verb: string, ...given: readonly unknown[]): Promise<T> {
    this.#lastId += 1;
    const asked = Promise.withResolvers<unknown>();
    this.#asked.set(this.#lastId, asked);
    this.#child.send({ id: this.#lastId, verb, given } satisfies Asked, (error) => {
      if (error !== null) asked.reject(error);
    });
    return asked.promise as Promise<T>;
  }

  /** Stops or continues the process. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(signal);
  }

  /** Kills the process if it is still alive, and settles when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  /** Settles when the process is gone. */
  async whenGone(): Promise<void> {
    await this.#exited;
  }

  #refuseAll(gone: WorkflowError): void {
    this.#ready.reject(gone);
    for (const one of this.#asked.values()) one.reject(gone);
  }

  #settle(answer: Answer): void {
    const asked = this.#asked.get(answer.id);
    this.#asked.delete(answer.id);
    if ("message" in answer)
      asked?.reject(new WorkflowError(answer.code ?? "internal", answer.message));
    else asked?.resolve(answer.value);
  }
}
