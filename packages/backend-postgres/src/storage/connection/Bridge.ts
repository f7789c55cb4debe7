import { existsSync } from "node:fs";
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from "node:worker_threads";
import type { WorkflowError } from "@automatosx/workflow/errors";
import {
  ANSWERED,
  type Answer,
  type BridgeData,
  FLAG_COUNT,
  type Greeting,
  IS_BROKEN,
  type Question,
  SIGNS,
} from "./bridge-protocol.js";
import { noAnswer, type Server } from "./connect.js";
import { describeError, toWorkflowError } from "./database-error.js";
import type { Row } from "./Statement.js";

// A thread loads built modules only, also when a test runs the sources.
const beside = new URL("./bridge-worker.js", import.meta.url);
const WORKER = existsSync(beside)
  ? beside
  : new URL("../../../dist/storage/connection/bridge-worker.js", import.meta.url);

/**
 * Runs statements for callers that cannot wait for a promise: another thread has the connection,
 * and this one sleeps until the answer is there. It never sleeps longer than `waitMs` without a
 * sign of the server. After one such wait, every call fails at once until the server answers again,
 * so that a server that has vanished holds up the event loop once, and not at each call.
 */
export class Bridge {
  readonly #server: Server;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #flags: Int32Array;
  readonly #waitMs: number;
  #number = 0;

  private constructor({ server, port, flags }: BridgeData, worker: Worker, waitMs: number) {
    this.#server = server;
    this.#worker = worker;
    this.#port = port;
    this.#flags = flags;
    this.#waitMs = waitMs;
  }

  /** Starts the thread and connects. Rejects with `database_*`. */
  static async open(server: Server, waitMs: number): Promise<Bridge> {
    const flags = new Int32Array(new SharedArrayBuffer(FLAG_COUNT * Int32Array.BYTES_PER_ELEMENT));
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(WORKER, {
      workerData: { server, port: port2, flags } satisfies BridgeData,
      transferList: [port2],
    });
    const { error } = await new Promise<Greeting>((resolve) => {
      worker.once("message", resolve);
      worker.once("error", (cause) => resolve({ error: describeError(cause) }));
    });
    if (error !== undefined) {
      port1.close();
      await worker.terminate();
      throw toWorkflowError(server, error);
    }
    worker.unref();
    return new Bridge({ server, port: port1, flags }, worker, waitMs);
  }

  /**
   * Runs one statement and returns its rows. `patience` multiplies the time to wait. Throws
   * `database_*` or `internal`.
   */
  ask(text: string, values: readonly unknown[] = [], patience = 1): readonly Row[] {
    if (Atomics.load(this.#flags, IS_BROKEN) === 1) throw this.#noAnswer(0);
    this.#number = (this.#number + 1) | 0;
    const waitMs = this.#waitMs * patience;
    const question: Question = { number: this.#number, text, values, waitMs };
    this.#port.postMessage(question, []);
    this.#sleep(waitMs);
    // The answer to an earlier question, for which its caller did not wait, may come first.
    for (;;) {
      const received: { message: Answer } | undefined = receiveMessageOnPort(this.#port);
      const answer = received?.message;
      if (answer === undefined) throw this.#noAnswer(waitMs);
      if (answer.number !== this.#number) continue;
      if ("error" in answer) throw toWorkflowError(this.#server, answer.error);
      return answer.rows;
    }
  }

  // Until the answer is there, or nothing was heard of the server for `waitMs`.
  #sleep(waitMs: number): void {
    let signs = Atomics.load(this.#flags, SIGNS);
    let endAt = performance.now() + waitMs;
    for (;;) {
      const answered = Atomics.load(this.#flags, ANSWERED);
      if (answered === this.#number) return;
      const leftMs = endAt - performance.now();
      if (leftMs > 0) {
        Atomics.wait(this.#flags, ANSWERED, answered, leftMs);
        continue;
      }
      const now = Atomics.load(this.#flags, SIGNS);
      if (now === signs) return this.#giveUp();
      signs = now;
      endAt = performance.now() + waitMs;
    }
  }

  // The thread clears the flag with the next answer of the server, which may have just come.
  #giveUp(): void {
    Atomics.store(this.#flags, IS_BROKEN, 1);
    if (Atomics.load(this.#flags, ANSWERED) === this.#number)
      Atomics.store(this.#flags, IS_BROKEN, 0);
  }

  #noAnswer(waitMs: number): WorkflowError {
    return toWorkflowError(this.#server, describeError(noAnswer(waitMs)));
  }

  /** Ends the connection and the thread. */
  close(): void {
    this.#port.close();
    void this.#worker.terminate();
  }
}
