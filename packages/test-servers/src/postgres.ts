import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const DEBIAN_BINARIES = "/usr/lib/postgresql";

/** How long to wait for the server to accept connections, in ms. */
const START_MS = 30_000;

/** A PostgreSQL server on loopback, in a temporary folder. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number;
  /** The process id of the server now. */
  readonly pid: number;
  /** The URL of a new, empty database. */
  createDatabase(): string;
  /** Kills the server like `kill -9`. The processes of its connections end soon after it. */
  kill(): Promise<void>;
  /** Starts it again in the same folder and on the same port; settles when it answers. */
  restart(): Promise<void>;
}

/** Whether PostgreSQL is installed. */
export const hasPostgres = (): boolean => binaries() !== undefined;

/**
 * Starts a server as the user `postgres` if this process is root, because PostgreSQL refuses to run
 * as root. With `durable: false`, the default, it does not sync to disk: what it has committed
 * survives the death of the server, but not of the machine.
 */
export async function startPostgres({ durable = false } = {}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "axw-postgres-"));
  const data = join(folder, "data");
  const user = serverUser();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  run("initdb", ["-D", data, "-U", "axw", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
  const port = await freePort();
  let server = await start();
  let count = 0;
  const running: PostgresServer = {
    port,
    get pid() {
      return server.pid as number;
    },
    createDatabase() {
      count += 1;
      const name = `axw_${count}`;
      run("createdb", ["-h", "127.0.0.1", "-p", String(port), "-U", "axw", name]);
      return `postgres://axw@127.0.0.1:${port}/${name}`;
    },
    async kill() {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      // The processes of its connections end by themselves when they notice its death.
      process.kill(server.pid as number, "SIGKILL");
      await ended;
    },
    async restart() {
      server = await start();
    },
    async [Symbol.asyncDispose]() {
      if (server.exitCode === null && server.signalCode === null) await running.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return running;

  async function start(): Promise<ChildProcess> {
    const flags = ["-D", data, ...settingsOf(port, durable)];
    const launch = (): ChildProcess =>
      spawn(program("postgres"), flags, {
        ...user,
        detached: true,
        stdio: "ignore",
      });
    let child = launch();
    for (const endAt = Date.now() + START_MS; ; ) {
      if (isReady(port)) return child;
      const { exitCode } = child;
      if (Date.now() > endAt)
        throw new Error(
          exitCode === null
            ? `postgres does not answer on port ${port}`
            : `postgres ended with ${exitCode}`,
        );
      // After a kill, a busy connection's process may hold the memory of the former server for a
      // moment, and the new server refuses to start.
      if (exitCode !== null) child = launch();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  function run(name: string, args: readonly string[]): void {
    execFileSync(program(name), args, {
      ...user,
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
  }
}

function settingsOf(port: number, durable: boolean): readonly string[] {
  const settings = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    max_connections: "200",
    ...(!durable && { fsync: "off", synchronous_commit: "on", full_page_writes: "off" }),
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

function isReady(port: number): boolean {
  try {
    execFileSync(program("pg_isready"), ["-h", "127.0.0.1", "-p", String(port), "-q"]);
    return true;
  } catch {
    return false;
  }
}

function program(name: string): string {
  const folder = binaries();
  if (folder === undefined)
    throw new Error("PostgreSQL is not installed: apt-get install postgresql");
  return join(folder, name);
}

// Debian keeps the programs of each version in a folder of its own, outside of PATH.
function binaries(): string | undefined {
  if (!existsSync(DEBIAN_BINARIES)) return undefined;
  const versions = readdirSync(DEBIAN_BINARIES).toSorted((a, b) => Number(b) - Number(a));
  return versions
    .map((version) => join(DEBIAN_BINARIES, version, "bin"))
    .find((folder) => existsSync(join(folder, "postgres")));
}

function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number =>
    Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

/** A port of loopback that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
