import { type PostgresServer, startPostgres } from "@automatosx/test-servers/postgres";
import type { BackendHarness, HarnessSetup, Need } from "@automatosx/workflow/testing";
import { engineHarness, type OpenUnderTest } from "./engine/engine-harness.ts";
import { tablesWith, tablesWithText } from "./engine/postgres-tables.ts";
import { SwallowingProxy } from "./harness/SwallowingProxy.ts";
import type { EngineFault } from "./planted/engine-faults.ts";

/** How long another process may take to claim the runs of one that is cut off, in ms. */
const TAKEOVER_MS = 30_000;

const OWN_SERVER: ReadonlySet<Need> = new Set(["kill server", "kill both", "outage"]);

let shared: Promise<PostgresServer> | undefined;

/** Engines on PostgreSQL: several processes, possibly on several hosts, share the runs. */
export function postgresHarness(setup: HarnessSetup, fault?: EngineFault): Promise<BackendHarness> {
  const openUnderTest: OpenUnderTest = async () => {
    const isOwn = setup.needs?.some((need) => OWN_SERVER.has(need)) === true;
    shared ??= isOwn ? undefined : startPostgres();
    const server = await (isOwn ? startPostgres() : (shared as Promise<PostgresServer>));
    const url = server.createDatabase();
    const proxies = new Map<string, SwallowingProxy>();
    const restart = async (): Promise<void> => {
      await server.kill();
      await server.restart();
    };
    return {
      place: { kind: "postgres", url },
      placeOf: async (name) => {
        if (setup.needs?.includes("partition") !== true) return { kind: "postgres", url };
        const proxy = await SwallowingProxy.start({ host: "127.0.0.1", port: server.port });
        proxies.set(name, proxy);
        const through = new URL(url);
        through.port = String(proxy.port);
        return { kind: "postgres", url: through.href };
      },
      capabilities: ({ nodes, notes, kills }) => ({
        // By the queue, which only a case with such a limit uses.
        limits: { slots: true, agents: true },
        kills: {
          ...kills,
          server: restart,
          both: async () => {
            await server.kill();
            await Promise.all([nodes.kill(nodes.busy(notes.read())), server.restart()]);
          },
        },
        outage: async (what) => {
          if (what === "server") {
            await server.kill();
            return { end: () => server.restart() };
          }
          const count = await nodes.killAll();
          return { end: () => nodes.start(count) };
        },
        partition: async (runId) => {
          const proxy = proxies.get(nodes.busy(notes.read(), runId).name);
          if (proxy === undefined) throw new Error("the process has no proxy");
          proxy.swallow();
          return { passedOnAfterMs: TAKEOVER_MS, heal: async () => proxy.heal() };
        },
        search: (text) => tablesWithText(url, text),
        fencesAgents: true,
      }),
      remains: (runId) => tablesWith(url, runId),
      dispose: async () => {
        await Promise.all([...proxies.values()].map((proxy) => proxy[Symbol.asyncDispose]()));
        if (isOwn) await server[Symbol.asyncDispose]();
      },
    };
  };
  return engineHarness(setup, openUnderTest, fault);
}

/** Ends the server that cases share. */
export async function endPostgres(): Promise<void> {
  await (await shared)?.[Symbol.asyncDispose]();
  shared = undefined;
}
