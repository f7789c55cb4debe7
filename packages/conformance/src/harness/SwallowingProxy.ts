import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A proxy between a process and a server, which can swallow what they send to each other. */
export class SwallowingProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isSwallowing = false;

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#server = createServer((client) => {
      const server = connect(target.port, target.host);
      this.#join(client, server);
      this.#join(server, client);
    });
  }

  static async start(target: {
    readonly host: string;
    readonly port: number;
  }): Promise<SwallowingProxy> {
    const proxy = new SwallowingProxy(target);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  /** The port of loopback on which it listens. */
  get port(): number {
    return (this.#server.address() as { readonly port: number }).port;
  }

  /** From now on, nothing gets through, in either direction; no connection is closed. */
  swallow(): void {
    this.#isSwallowing = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** Forwards again what was held back, and all that follows. */
  heal(): void {
    this.#isSwallowing = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    if (this.#isSwallowing) from.pause();
    from.on("data", (chunk) => void to.write(chunk));
    from.on("error", () => undefined);
    from.on("close", () => {
      this.#sockets.delete(from);
      // A partition hides the end of a connection too.
      if (!this.#isSwallowing) to.destroy();
    });
  }
}
