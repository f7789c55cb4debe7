import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "@automatosx/test-servers/postgres";

/** A balancer in front of several workers. */
export interface Balancer extends AsyncDisposable {
  /** Where it listens. */
  readonly url: string;
  /** Settles when it sends calls to every worker. */
  whenComplete(): Promise<void>;
}

/** How the balancer chooses: the same worker for each call of an attempt, or the idlest. */
export type Affinity = "invocation" | "none";

const BALANCE: Readonly<Record<Affinity, string>> = {
  invocation: "balance hdr(x-restate-invocation-id)\n  hash-type consistent",
  none: "balance leastconn",
};

/** Starts haproxy in front of workers on these ports of loopback. */
export async function startBalancer(
  folder: string,
  ports: readonly number[],
  affinity: Affinity = "invocation",
): Promise<Balancer> {
  const port = await freePort();
  const file = join(folder, `haproxy-${port}.cfg`);
  const control = join(folder, `haproxy-${port}.socket`);
  writeFileSync(file, configuration(port, ports, { affinity, control }));
  const child = spawn("haproxy", ["-db", "-f", file], { stdio: ["ignore", "ignore", "pipe"] });
  const failed = once(child, "error").then(([error]) => {
    throw new Error("haproxy cannot be started: apt-get install haproxy", { cause: error });
  });
  failed.catch(() => undefined);
  await Promise.race([untilListening(port), failed]);
  return {
    url: `http://127.0.0.1:${port}`,
    whenComplete: () => untilUp(control, ports.length),
    async [Symbol.asyncDispose]() {
      const exited = once(child, "exit");
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await exited;
    },
  };
}

// Timeouts are longer than any attempt, and a worker that is gone gets no calls within a second.
function configuration(
  port: number,
  ports: readonly number[],
  { affinity, control }: { readonly affinity: Affinity; readonly control: string },
): string {
  const servers = ports.map(
    (one, index) =>
      `  server w${index} 127.0.0.1:${one} proto h2 check check-proto h2 inter 500 fall 4 rise 1 ` +
      "on-marked-down shutdown-sessions",
  );
  return `global
  maxconn 4096
  stats socket ${control}
defaults
  mode http
  timeout connect 2s
  timeout client 1d
  timeout server 1d
  timeout check 2s
  option redispatch
  retries 3
frontend in
  bind 127.0.0.1:${port} proto h2
  default_backend workers
  option httpchk
  http-check send meth GET uri /health ver HTTP/2.0 hdr host worker
backend workers
  option httpchk
  http-check send meth GET uri /health ver HTTP/2.0 hdr host worker
  ${BALANCE[affinity]}
${servers.join("\n")}
`;
}

async function untilUp(control: string, count: number): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    const socket = connect(control);
    socket.end("show stat\n");
    const lines = (await text(socket)).split("\n");
    if (lines.filter((line) => /^workers,w\d+,.*,UP,/.test(line)).length === count) return;
    await delay(20);
  }
  throw new Error("haproxy does not see every worker");
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "close").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) return;
    await delay(20);
  }
  throw new Error(`haproxy does not listen on port ${port}`);
}
