// The thread of a `TcpProxy`: a caller that sleeps must not stop the proxy.
import { connect, createServer, type Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import type { Direction, ProxyData, ProxyOrder } from "./TcpProxy.ts";

/** One way of a connection: what has arrived on `from` goes to `to`. */
interface Way {
  readonly direction: Direction;
  readonly from: Socket;
  readonly to: Socket;
  /** What is held up: data, and the end of the connection. */
  readonly kept: (() => void)[];
}

const { port, passed } = workerData as ProxyData;
const ways = new Set<Way>();
const held = new Set<Direction>();

const server = createServer((client) => {
  const target = connect(port, "127.0.0.1");
  add({ direction: "to the server", from: client, to: target, kept: [] });
  add({ direction: "from the server", from: target, to: client, kept: [] });
});
server.listen(0, "127.0.0.1", () =>
  parentPort?.postMessage((server.address() as { readonly port: number }).port, []),
);

parentPort?.on("message", (order: ProxyOrder) => {
  if (order.hold !== undefined) for (const direction of order.hold) held.add(direction);
  if (order.releases === true) release();
  // What was held up is lost.
  if (order.cuts === true)
    for (const way of ways) {
      way.kept.length = 0;
      if (way.from.destroyed) ways.delete(way);
      else way.from.destroy();
    }
  parentPort?.postMessage("done", []);
});

function release(): void {
  held.clear();
  for (const { kept } of ways) for (const deliver of kept.splice(0)) deliver();
}

function add(way: Way): void {
  const { direction, from, to, kept } = way;
  ways.add(way);
  const pass = (deliver: () => void): void => {
    if (held.has(direction)) kept.push(deliver);
    else deliver();
  };
  from.on("data", (data) =>
    pass(() => {
      if (direction === "to the server") Atomics.add(passed, 0, data.length);
      to.write(data);
    }),
  );
  from.on("error", () => undefined);
  from.on("close", () =>
    pass(() => {
      ways.delete(way);
      to.end();
    }),
  );
}
