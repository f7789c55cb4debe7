import type { AgentPort, Clock, StoragePort } from "@automatosx/workflow";
import { replacing } from "../harness/replacing.ts";

/** The parts of a process that a fault changes. */
export interface FaultyParts {
  readonly storage: StoragePort;
  readonly agent: AgentPort;
  readonly clock: Clock;
  /** The largest number of attempts of the agent `worker` at once; undefined for no limit. */
  readonly agentLimit: number | undefined;
}

type Commit = Parameters<StoragePort["commit"]>[0];
type Entry = Commit["runs"][number]["entries"][number];

/** How far a clock goes back, in ms. */
const BACK_MS = 10_000;
/** A clock that is not asked for so long, in ms, has stood still with its process. */
const GAP_MS = 1000;

/** What each fault makes of a process with an engine. */
export const ENGINE_FAULTS = {
  /** An attempt that is delivered twice is performed twice. */
  "guard off": (parts) => ({
    ...parts,
    agent: performing(parts.agent, (request) => {
      void parts.agent.execute(request).catch(() => undefined);
      return parts.agent.execute(request);
    }),
  }),
  /** A decision is stored that the core did not take. */
  "changed row": (parts) => ({
    ...parts,
    storage: storing(parts.storage, (entry) => ({
      ...entry,
      payload: entry.payload.replace('"final":true', '"final":false'),
    })),
  }),
  "clock backwards": (parts) => ({
    ...parts,
    storage: storing(parts.storage, (entry) =>
      entry.seq % 5 === 0 ? { ...entry, at: entry.at - BACK_MS } : entry,
    ),
  }),
  /** A result with a key `then` is taken for a promise. */
  "thenable result": (parts) => ({
    ...parts,
    agent: performing(parts.agent, async (request) => {
      const result = await parts.agent.execute(request);
      if (typeof result !== "object" || result === null || !("then" in result)) return result;
      // oxlint-disable-next-line unicorn/no-thenable -- the planted fault
      return Object.assign(result, { then: (resolve: (value: null) => void) => resolve(null) });
    }),
  }),
  /** Each process performs as many attempts as it has slots. */
  "limit off": (parts) => ({ ...parts, agentLimit: undefined }),
  /** The engine believes that it holds its leases, however long it stood still. */
  "renewals ignored": (parts) => {
    const { storage } = parts;
    const { asynchronous } = storage;
    const claims = async (_: string, runIds: readonly string[]): Promise<readonly string[]> =>
      runIds;
    return {
      ...parts,
      clock: withoutGaps(parts.clock),
      storage: replacing(storage, {
        renewLeases: (ownerId, runIds, leaseUntil) => {
          storage.renewLeases(ownerId, runIds, leaseUntil);
          return runIds;
        },
        ...(asynchronous !== undefined && {
          asynchronous: replacing(asynchronous, { renewLeases: claims }),
        }),
      }),
    };
  },
} satisfies Readonly<Record<string, (parts: FaultyParts) => FaultyParts>>;

export type EngineFault = keyof typeof ENGINE_FAULTS;

function performing(agent: AgentPort, execute: AgentPort["execute"]): AgentPort {
  return { ...agent, execute };
}

function storing(storage: StoragePort, change: (entry: Entry) => Entry): StoragePort {
  const changed = (commit: Commit): Commit => ({
    ...commit,
    runs: commit.runs.map((run) => ({ ...run, entries: run.entries.map(change) })),
  });
  const { asynchronous } = storage;
  return replacing(storage, {
    commit: (commit) => storage.commit(changed(commit)),
    ...(asynchronous !== undefined && {
      asynchronous: replacing(asynchronous, {
        commit: (commit) => asynchronous.commit(changed(commit)),
      }),
    }),
  });
}

function withoutGaps(clock: Clock): Clock {
  let last = clock.now();
  let gapsMs = 0;
  const now = (): number => {
    const at = clock.now();
    if (at - last > GAP_MS) gapsMs += at - last;
    last = at;
    return at - gapsMs;
  };
  // Asks often enough for the clock to be without gaps as long as the process runs.
  setInterval(now, GAP_MS / 10).unref();
  return replacing(clock, { now });
}
