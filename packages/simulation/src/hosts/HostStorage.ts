import { type StoragePort, type StoredRun, WorkflowError } from "@automatosx/workflow";
import type { SimulatedProcess } from "../engine/SimulatedProcess.js";
import { type HostDatabase, translated } from "./HostDatabase.js";
import type { HostLink } from "./HostLink.js";
import type { HostRules } from "./HostRules.js";
import { OwnNames } from "./OwnNames.js";

type Commit = Parameters<StoragePort["commit"]>[0];
type Asynchronous = NonNullable<StoragePort["asynchronous"]>;

interface HostStorageParts {
  /** The connection of this process to the rows, which the server uses on its behalf. */
  readonly rows: StoragePort;
  readonly database: HostDatabase;
  readonly link: HostLink;
  readonly process: SimulatedProcess;
  readonly rules: HostRules;
  readonly hearsChanges: boolean;
}

/**
 * The storage of one process on a host, as a storage across a network behaves: a running engine
 * uses requests that it does not wait for; other calls block it, but not for long.
 */
export function storageOfHost(parts: HostStorageParts): StoragePort {
  const { rows, link, process } = parts;
  const requests = new HostRequests(parts);
  const calls = callsOf(parts, requests);
  const given = givenTo(parts, requests);
  return new Proxy(rows, {
    get(target, name) {
      if (name in given) return given[name];
      const member: unknown = calls[name as keyof StoragePort] ?? Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: readonly unknown[]) => {
        if (process.isDead) throw dead();
        // It only counts the notifications that have arrived.
        if (name === "dataVersion") return rows.dataVersion();
        return link.callNow(process, () => Reflect.apply(member, target, args));
      };
    },
  });
}

const dead = (): WorkflowError =>
  new WorkflowError("database_unusable", "The process of this host is dead.");

/** The members that are no calls, or calls that do not wait for the server. */
function givenTo(
  { rows, database, link, process, rules, hearsChanges }: HostStorageParts,
  requests: HostRequests,
): Readonly<Record<PropertyKey, unknown>> {
  const asynchronous: Asynchronous = {
    commit: (commit) => link.send(process, requests.commit(commit)),
    renewLeases: (_ownerId, runIds, leaseUntil) => {
      const renewed = link.send(process, requests.renewal(runIds, leaseUntil));
      return rules.reportsRenewals ? renewed : renewed.catch(() => runIds).then(() => runIds);
    },
    pendingCommands: () => link.send(process, () => rows.pendingCommands(process.name)),
    answerCommand: (id, answer, at) => link.send(process, () => rows.answerCommand(id, answer, at)),
  };
  return {
    asynchronous,
    leaseGraceMs: 0,
    databasePath: undefined,
    lost: undefined,
    // The rows belong to the world, which still reads them after the process has ended.
    close: () => undefined,
    ...(hearsChanges && {
      onChange: (listener: () => void) =>
        database.listen(process.name, () => link.notify(process, listener)),
    }),
  };
}

/** The calls that a process waits for, where they differ from those of the rows. */
function callsOf(
  { rows, database, process, rules }: HostStorageParts,
  requests: HostRequests,
): Partial<StoragePort> {
  const { names } = requests;
  const read = (run: StoredRun): StoredRun => requests.read(run);
  const nowFor = (now: number): number => (rules.usesDatabaseClock ? database.now : now);
  return {
    commit: (commit) => requests.commit(commit)(),
    acquireLease: (request) =>
      database.acquire(rows, {
        ...request,
        owner: names.own(request.owner),
        now: nowFor(request.now),
        leaseUntil: requests.untilOf(request.leaseUntil)(),
        isDead: (owner) => names.isOwn(owner) && request.isDead(names.seen(owner)),
      }),
    renewLeases: (_ownerId, runIds, leaseUntil) => requests.renewal(runIds, leaseUntil)(),
    releaseLease: (runId, epoch) => database.release(rows, runId, epoch),
    pendingCommands: () => rows.pendingCommands(process.name),
    getRun: (runId) => {
      const run = rows.getRun(runId);
      return run === undefined ? undefined : read(run);
    },
    findRuns: (part) => rows.findRuns(part).map(read),
    listRuns: (filter) => rows.listRuns(filter).map(read),
    listChildRuns: (runId) => rows.listChildRuns(runId).map(read),
    listClaimable: (now, limit, isDead) => {
      const isOwnDead: typeof isDead = (owner) =>
        names.isOwn(owner) && isDead?.(names.seen(owner)) === true;
      return rows.listClaimable(nowFor(now), limit, isOwnDead).map(read);
    },
  };
}

/**
 * The requests of one process. Instants of leases are translated between the clock of the host and
 * that of the database.
 */
class HostRequests {
  readonly names: OwnNames;
  readonly #parts: HostStorageParts;

  constructor(parts: HostStorageParts) {
    this.#parts = parts;
    this.names = new OwnNames(parts.process.name);
  }

  read(run: StoredRun): StoredRun {
    return this.names.asSeen(translated(run, -this.#offsetMs()));
  }

  /** How long a lease lasts is known when the request is sent; it begins when it arrives. */
  untilOf(leaseUntil: number): () => number {
    const { database, process, rules } = this.#parts;
    const leaseMs = leaseUntil - process.clock.now();
    return rules.usesDatabaseClock ? () => database.now + leaseMs : () => leaseUntil;
  }

  commit(commit: Commit): () => void {
    const { database, rows, process } = this.#parts;
    const offset = this.#offsetMs();
    const newRuns = commit.newRuns.map((run) =>
      run.owner === undefined
        ? run
        : {
            ...run,
            owner: this.names.own(run.owner),
            leaseUntil: (run.leaseUntil ?? 0) + offset,
          },
    );
    return () => database.commit(rows, process.name, { ...commit, newRuns });
  }

  renewal(runIds: readonly string[], leaseUntil: number): () => readonly string[] {
    const { database, rows, process } = this.#parts;
    const until = this.untilOf(leaseUntil);
    return () => database.renew(rows, process.name, runIds, until());
  }

  #offsetMs(): number {
    const { database, process, rules } = this.#parts;
    return rules.usesDatabaseClock ? database.now - process.clock.now() : 0;
  }
}
