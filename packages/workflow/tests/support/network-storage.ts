import { openSqliteStorage, type StoragePort, WorkflowError } from "../../src/index.js";
import type { Commit, RunCommit } from "../../src/storage/StoragePort.js";
import type { SimulatedClock } from "../../src/testing/index.js";

/** How the simulated network treats calls. A test changes it while an engine works. */
export interface Network {
  /** How long a call takes there and back, in ms. */
  delayMs: number;
  /**
   * `up`: calls are answered. `refusing`: they fail at once, unapplied. `silent`: they are never
   * applied nor answered, as by a proxy that swallows packets.
   */
  state: "up" | "refusing" | "silent";
  /** How many of the next commits are applied, although their answers are lost. */
  lostAnswers: number;
  /** Which synchronous calls fail, although the network is up: told the number and the name. */
  isBusy: (call: number, name: string) => boolean;
  /** Announces a commit of another connection. */
  readonly announce: () => void;
  /** The commits that were applied, in order. */
  readonly commits: Commit[];
  /** Calls of each method, answered or not. */
  readonly calls: Record<string, number>;
  /** The storage behind the network, which a test can read at any time. */
  readonly behind: StoragePort;
}

const busy = (): WorkflowError =>
  new WorkflowError("database_busy", "The connection to the database broke.");

/**
 * An SQLite storage in memory, reached across a simulated network. Calls are applied in order. A
 * commit that is repeated after its answer was lost is not applied twice.
 */
export function acrossNetwork(
  clock: SimulatedClock,
  behind: StoragePort = openSqliteStorage({ path: ":memory:" }),
): { storage: StoragePort; network: Network } {
  const listeners = new Set<() => void>();
  const network: Network = {
    announce: () => {
      for (const listener of listeners) listener();
    },
    ...{ delayMs: 0, state: "up", lostAnswers: 0, commits: [], calls: {} },
    isBusy: () => false,
    behind,
  };
  let synchronous = 0;
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => void clock.setTimer(ms, resolve));
  const count = (name: string): void => {
    network.calls[name] = (network.calls[name] ?? 0) + 1;
  };
  const call = async <T>(name: string, apply: () => T): Promise<T> => {
    count(name);
    if (network.delayMs > 0) await wait(network.delayMs / 2);
    if (network.state === "refusing") throw busy();
    if (network.state === "silent") return new Promise<never>(() => undefined);
    const answer = apply();
    if (network.delayMs > 0) await wait(network.delayMs / 2);
    return answer;
  };
  const commit = async (given: Commit): Promise<void> => {
    await call("commit", () => {
      const fresh = withoutStored(behind, given);
      behind.commit(fresh);
      network.commits.push(fresh);
    });
    if (network.lostAnswers === 0) return;
    network.lostAnswers -= 1;
    throw busy();
  };
  const asynchronous: StoragePort["asynchronous"] = {
    commit,
    renewLeases: (...given) => call("renewLeases", () => behind.renewLeases(...given)),
    pendingCommands: (...given) => call("pendingCommands", () => behind.pendingCommands(...given)),
    answerCommand: (...given) => call("answerCommand", () => behind.answerCommand(...given)),
  };
  const storage = new Proxy<StoragePort>(behind, {
    get(target, name) {
      if (name === "asynchronous") return asynchronous;
      if (name === "leaseGraceMs") return 0;
      if (name === "onChange")
        return (listener: () => void) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        };
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...given: unknown[]) => {
        if (name === "commit") throw new Error("a running engine must not wait for a commit");
        count(String(name));
        synchronous += 1;
        const isDown = network.state !== "up" || network.isBusy(synchronous, String(name));
        if (isDown && name !== "close") throw busy();
        const answer: unknown = Reflect.apply(member, target, given);
        if (name === "sendCommand") network.announce();
        return answer;
      };
    },
  });
  return { storage, network };
}

/** What of a commit is not stored yet. */
function withoutStored(storage: StoragePort, commit: Commit): Commit {
  const isNew = ({ runId, createdAt }: Commit["newRuns"][number]): boolean =>
    storage.getRun(runId)?.createdAt !== createdAt;
  const isStored = ({ runId, entries }: RunCommit): boolean => {
    const last = entries.at(-1);
    if (last === undefined || storage.getRun(runId) === undefined) return false;
    const found = [...storage.readJournal(runId)].find(({ seq }) => seq === last.seq);
    return found?.payload === last.payload && found.at === last.at;
  };
  return {
    ...commit,
    newRuns: commit.newRuns.filter(isNew),
    runs: commit.runs.filter((run) => !isStored(run)),
  };
}
