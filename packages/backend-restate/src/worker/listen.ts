import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { WorkflowError } from "@automatosx/workflow";
import type { Seal } from "../Seal.js";
import { restate } from "../services/sdk.js";

/** How often a connection is tried, and how long its server may take to answer, in ms. */
const PING_MS = 10_000;

/** An HTTP/2 server that Restate sends its requests to. */
export interface Listener {
  /** Where it listens: `http://127.0.0.1:9080`. */
  readonly url: string;
  /** Ends all connections. */
  close(): Promise<void>;
}

type Services = restate.EndpointOptions["services"];

/**
 * Serves services at `listen`, `HOST:PORT`. With `identityKeys`, it refuses requests that no server
 * with one of these keys has signed.
 */
export async function listenFor(
  services: Services,
  listen: string,
  {
    identityKeys,
    seal,
    log,
  }: {
    readonly identityKeys?: readonly string[] | undefined;
    readonly seal?: Seal | undefined;
    readonly log?: restate.LoggerTransport | undefined;
  },
): Promise<Listener> {
  const separator = listen.lastIndexOf(":");
  const host = listen.slice(0, separator);
  const port = Number(listen.slice(separator + 1));
  if (separator < 1 || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new WorkflowError("invalid_argument", `\`${listen}\` is not an address to listen at.`, {
      remedy: "Write HOST:PORT, such as `0.0.0.0:9080`.",
    });
  const handler = restate.createEndpointHandler({
    services,
    ...(identityKeys !== undefined && { identityKeys: [...identityKeys] }),
    ...(log !== undefined && { logger: log }),
    ...(seal !== undefined && {
      journalValueCodecProvider: () => Promise.resolve(codecOf(seal)),
    }),
  });
  const server = createServer(handler);
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    watch(session);
    // A server that goes away is no error of this process.
    session.on("error", () => undefined);
  });
  await listening(server, host.replace(/^\[|\]$/g, ""), port);
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${actual}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const session of sessions) session.destroy();
      }),
  };
}

// Across a network that swallows packets, no end of a connection arrives. Without its answers, the
// connection counts as lost, and the agents of its attempts are stopped after the grace.
function watch(session: ServerHttp2Session): void {
  let isAnswered = true;
  const timer = setInterval(() => {
    // An answer that arrived while this process stood still has not been read yet.
    setImmediate(() => {
      if (session.destroyed) return;
      if (!isAnswered) return session.destroy();
      isAnswered = false;
      session.ping((error) => {
        if (error === null) isAnswered = true;
      });
    });
  }, PING_MS).unref();
  session.once("close", () => clearInterval(timer));
}

function codecOf(seal: Seal): restate.JournalValueCodec {
  return {
    encode: (bytes) => seal.encode(bytes),
    decode: async (bytes) => seal.open(bytes),
  };
}

function listening(server: Http2Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) =>
      reject(
        new WorkflowError(
          "invalid_argument",
          `Cannot listen at ${host}:${port}: ${cause.message}.`,
          {
            remedy: "Choose another address with `listen`.",
            cause,
          },
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
}
