import { randomBytes } from "node:crypto";
import { serve } from "@hono/node-server";
import { createDashboard } from "./create-dashboard.js";
import type { DashboardOptions } from "./DashboardOptions.js";

/** A client that sends slowly is disconnected. Answers, of which a stream is one, have no limit. */
const SERVER_LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  maxHeaderSize: 16_384,
  // By default, the two limits above are judged only every 30 s.
  connectionsCheckingInterval: 2_000,
};

/** Where a dashboard listens. */
export interface ListenOptions extends Omit<DashboardOptions, "key" | "hosts"> {
  /** The port on the loopback interface; 0 for any free one. Default 4500. */
  readonly port?: number;
  /**
   * Further hosts that a request may name, of a proxy or a tunnel: `runs.example.com`, or with a
   * port that is not the default one.
   */
  readonly allowedHosts?: readonly string[];
}

/** A dashboard that listens. */
export interface ServedDashboard extends AsyncDisposable {
  /** The address without the key: `http://127.0.0.1:4500`. */
  readonly address: string;
  /** The address to open in a browser. The key is in its fragment, which a browser never sends. */
  readonly url: string;
  /** The key of this start: 256 bits. */
  readonly key: string;
  /** Stops listening and ends the open streams. */
  close(): Promise<void>;
}

/**
 * Serves a dashboard on the loopback interface.
 *
 * @throws an error with the code `EADDRINUSE` if the port is taken
 */
export async function listen(options: ListenOptions): Promise<ServedDashboard> {
  const { port = 4500, allowedHosts = [], ...rest } = options;
  const key = randomBytes(32).toString("base64url");
  const hosts: string[] = allowedHosts.flatMap(spellingsOf);
  const app = createDashboard({ ...rest, key, hosts });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = serve(
    { fetch: app.fetch, hostname: "127.0.0.1", port, serverOptions: SERVER_LIMITS },
    (info) => resolve(info.port),
  );
  server.once("error", reject);
  const actual = await promise;
  hosts.unshift(...["127.0.0.1", "localhost", "[::1]"].map((name) => ownHost(name, actual)));
  const address = `http://127.0.0.1:${actual}`;
  const close = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => done());
      if ("closeAllConnections" in server) server.closeAllConnections();
    });
  return { address, url: `${address}/#key=${key}`, key, close, [Symbol.asyncDispose]: close };
}

/** A name of this machine as a browser sends it: without the port that is the default of HTTP. */
export function ownHost(name: string, port: number): string {
  return port === 80 ? name : `${name}:${port}`;
}

/** A browser leaves out the port of a host if it is that of the scheme. */
function spellingsOf(host: string): readonly string[] {
  const spelt = host.toLowerCase();
  return [...new Set([spelt, spelt.replace(/:(80|443)$/, "")])];
}
