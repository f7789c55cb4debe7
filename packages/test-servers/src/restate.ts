import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./postgres.ts";

/** How long to wait for a server to answer, in ms. */
const START_MS = 30_000;

const POLL_MS = 20;

/** Becomes the server. When this process has ended, its end of the pipe closes, and so it dies. */
const START =
  '{ cat <&3 >/dev/null; kill -9 $$; } 2>/dev/null & exec 3<&-; exec "$0" -c "$1" >>"$2" 2>&1';

/** How a Restate server is started. */
export interface RestateOptions {
  /** Default 4: more of them cost memory, and tests have few runs. */
  readonly partitions?: number;
  /** How many servers the cluster has. Each partition of a cluster of three is on two of them. */
  readonly nodes?: number;
}

/** One server of a cluster. */
export interface RestateNode {
  /** Where clients send their requests. */
  readonly ingressUrl: string;
  /** Where workers are registered, and where the state is queried. */
  readonly adminUrl: string;
  /** The process id of the server now. */
  readonly pid: number;
  /** Kills the server like `kill -9`; settles when it is gone. */
  kill(): Promise<void>;
  /** Starts it again in the same folder and on the same ports; settles when it answers. */
  restart(): Promise<void>;
}

/** A Restate server, or a cluster whose first server the members stand for. */
export interface RestateServer extends RestateNode, AsyncDisposable {
  /** All servers of the cluster. */
  readonly nodes: readonly RestateNode[];
  /** Returns the rows of a query over the state and the journals of the server. */
  sql(query: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** Starts a server, or a cluster, on loopback and on random ports, in a temporary folder. */
export async function startRestate({
  partitions = 4,
  nodes: count = 1,
}: RestateOptions = {}): Promise<RestateServer> {
  const folder = mkdtempSync(join(tmpdir(), "axw-restate-"));
  const first = await settingsOf(folder, 1, { partitions, count });
  const nodes = [await startNode(first)];
  for (let number = 2; number <= count; number += 1) {
    const settings = await settingsOf(folder, number, { partitions, count }, first);
    nodes.push(await startNode(settings));
  }
  const [leading] = nodes as [RunningNode];
  return {
    nodes,
    ingressUrl: leading.ingressUrl,
    adminUrl: leading.adminUrl,
    get pid() {
      return leading.pid;
    },
    kill: () => leading.kill(),
    restart: () => leading.restart(),
    sql: (query) => queryState(leading.adminUrl, query),
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((node) => node.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Settings {
  readonly folder: string;
  readonly number: number;
  readonly ports: { readonly ingress: number; readonly admin: number; readonly node: number };
  readonly file: string;
}

interface Cluster {
  readonly partitions: number;
  readonly count: number;
}

type RunningNode = RestateNode;

async function settingsOf(
  folder: string,
  number: number,
  { partitions, count }: Cluster,
  first?: Settings,
): Promise<Settings> {
  const ports = { ingress: await freePort(), admin: await freePort(), node: await freePort() };
  const file = join(folder, `node-${number}.toml`);
  const address = (port: number): string => `"127.0.0.1:${port}"`;
  const seed = `http://127.0.0.1:${(first?.ports ?? ports).node}`;
  const lines = [
    `node-name = "n${number}"`,
    `cluster-name = "axw-${process.pid}"`,
    `base-dir = "${folder}"`,
    'listen-mode = "tcp"',
    "disable-telemetry = true",
    `auto-provision = ${first === undefined}`,
    `default-num-partitions = ${partitions}`,
    `default-replication = ${Math.min(2, count)}`,
    // The default, 2 GiB, is meant for a machine of its own.
    'rocksdb-total-memory-size = "256.0 MiB"',
    'log-filter = "warn"',
    "log-disable-ansi-codes = true",
    `bind-address = ${address(ports.node)}`,
    `advertised-address = "http://127.0.0.1:${ports.node}/"`,
    "[metadata-client]",
    `addresses = ["${seed}"]`,
    "[admin]",
    `bind-address = ${address(ports.admin)}`,
    "disable-web-ui = true",
    "[ingress]",
    `bind-address = ${address(ports.ingress)}`,
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  return { folder, number, ports, file };
}

async function startNode(settings: Settings): Promise<RunningNode> {
  const { ports } = settings;
  let server = await spawnNode(settings);
  return {
    ingressUrl: `http://127.0.0.1:${ports.ingress}`,
    adminUrl: `http://127.0.0.1:${ports.admin}`,
    get pid() {
      return server.pid as number;
    },
    async kill() {
      if (server.exitCode !== null || server.signalCode !== null) return;
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGKILL");
      await ended;
    },
    async restart() {
      server = await spawnNode(settings);
    },
  };
}

async function spawnNode({ folder, number, ports, file }: Settings): Promise<ChildProcess> {
  const log = join(folder, `node-${number}.log`);
  writeFileSync(log, "");
  const child = spawn("/bin/sh", ["-c", START, serverBinary(), file, log], {
    env: { ...process.env, RESTATE_DISABLE_TELEMETRY: "true", DO_NOT_TRACK: "1" },
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  child.once("exit", () => child.stdio[3]?.destroy());
  for (const endAt = Date.now() + START_MS; ; ) {
    if (await answers(ports)) return child;
    if (child.exitCode !== null || Date.now() > endAt) {
      child.kill("SIGKILL");
      const said = readFileSync(log, "utf8").slice(-2000);
      throw new Error(`restate-server does not answer on port ${ports.ingress}: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function answers({ ingress, admin }: Settings["ports"]): Promise<boolean> {
  try {
    const [first, second] = await Promise.all([
      fetch(`http://127.0.0.1:${ingress}/restate/health`),
      fetch(`http://127.0.0.1:${admin}/health`),
    ]);
    return first.ok && second.ok;
  } catch {
    return false;
  }
}

async function queryState(
  adminUrl: string,
  query: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const answer = await fetch(`${adminUrl}/query`, {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  if (!answer.ok) throw new Error(`The query failed: ${await answer.text()}`);
  const { rows } = (await answer.json()) as {
    readonly rows: readonly Readonly<Record<string, unknown>>[];
  };
  return rows;
}

// The package's own program starts this one as a child, which a kill of the parent would leave.
function serverBinary(): string {
  const require = createRequire(import.meta.url);
  const fromPackage = createRequire(require.resolve("@restatedev/restate-server/package.json"));
  const name = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  try {
    return fromPackage.resolve(`${name}/bin/restate-server`);
  } catch {
    throw new Error(`Restate has no server for this platform: ${name} is not installed.`);
  }
}
