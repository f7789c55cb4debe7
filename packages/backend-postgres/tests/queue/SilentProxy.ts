import { connect, createServer, type Server, type Socket } from "node:net";

/** A TCP proxy that can stop passing anything on without closing a connection. */
export class SilentProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isSilent = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(port: number): Promise<SilentProxy> {
    const server = createServer();
    const proxy = new SilentProxy(server);
    server.on("connection", (client) => proxy.#accept(client, port));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** Whether packets are swallowed. */
  set isSilent(isSilent: boolean) {
    this.#isSilent = isSilent;
  }

  /** The same URL, by way of this proxy. */
  urlFor(url: string): string {
    const through = new URL(url);
    through.port = String((this.#server.address() as { readonly port: number }).port);
    return through.href;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket, port: number): void {
    const target = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      this.#sockets.add(from);
      from.on("data", (data) => {
        if (!this.#isSilent) to.write(data);
      });
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
