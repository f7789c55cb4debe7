import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Notice } from "../../src/notify/Notice.js";
import type { Clock } from "../../src/ports.js";
import { systemPorts } from "../../src/ports.js";

/** A request that a server has received. */
export interface Received {
  readonly notice: Notice;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
  readonly url: string;
}

/** A real server on a free port, which notes what it receives. */
export interface ReceivingServer extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** Settles once this many requests have been received. */
  until(count: number): Promise<readonly Received[]>;
}

/** Starts a server. `answer` gets the number of the request, from 1; by default it answers 204. */
export async function receivingServer(
  answer: (response: ServerResponse, number: number) => void = (response) =>
    response.writeHead(204).end(),
): Promise<ReceivingServer> {
  const received: Received[] = [];
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const { headers, url = "" } = request;
    received.push({ notice: JSON.parse(body) as Notice, body, headers, url });
    answer(response, received.length);
    for (const { count, resolve } of waiting) if (received.length >= count) resolve();
  };
  const server = createServer((request, response) => void receive(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    async until(count) {
      if (received.length < count)
        await new Promise<void>((resolve) => waiting.push({ count, resolve }));
      return received;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A clock on which a second takes a few milliseconds. */
export function fastClock(factor = 200): Clock {
  const { clock } = systemPorts;
  const begin = clock.now();
  return {
    now: () => begin + (clock.now() - begin) * factor,
    setTimer: (delayMs, action, options) => clock.setTimer(delayMs / factor, action, options),
    afterTurn: (action) => clock.afterTurn(action),
  };
}
