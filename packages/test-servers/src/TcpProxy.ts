import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** Which way data goes. */
export type Direction = "to the server" | "from the server";

/** What the thread of a proxy is started with. */
export interface ProxyData {
  readonly port: number;
  /** How many bytes have been passed on to the server. */
  readonly passed: Int32Array;
}

/** What the thread of a proxy is to do; it answers each order with a message. */
export interface ProxyOrder {
  readonly hold?: readonly Direction[];
  readonly releases?: true;
  readonly cuts?: true;
}

/**
 * A TCP proxy on loopback that can hold data up without closing a connection, like a network that
 * loses packets and delivers them when it works again.
 */
export class TcpProxy implements AsyncDisposable {
  readonly #thread: Worker;
  readonly #port: number;
  readonly #passed: Int32Array;

  private constructor(thread: Worker, port: number, passed: Int32Array) {
    this.#thread = thread;
    this.#port = port;
    this.#passed = passed;
  }

  /** Starts a proxy to this port of loopback, in a thread of its own. */
  static async to(port: number): Promise<TcpProxy> {
    const passed = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const thread = new Worker(new URL("./tcp-proxy-thread.ts", import.meta.url), {
      workerData: { port, passed } satisfies ProxyData,
    });
    const [own] = (await once(thread, "message")) as [number];
    return new TcpProxy(thread, own, passed);
  }

  /** The same URL, by way of this proxy. */
  urlFor(url: string): string {
    const through = new URL(url);
    through.port = String(this.#port);
    return through.href;
  }

  /** How many bytes have been passed on to the server. */
  get passed(): number {
    return Atomics.load(this.#passed, 0);
  }

  /** Holds up what is sent in these directions, also on new connections. */
  hold(...directions: readonly Direction[]): Promise<void> {
    return this.#order({ hold: directions });
  }

  /** Delivers what was held up, even if its sender has gone, and holds up nothing more. */
  release(): Promise<void> {
    return this.#order({ releases: true });
  }

  /** Breaks every connection; what was held up is lost. */
  cut(): Promise<void> {
    return this.#order({ cuts: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread.terminate();
  }

  async #order(order: ProxyOrder): Promise<void> {
    const done = once(this.#thread, "message");
    this.#thread.postMessage(order, []);
    await done;
  }
}
