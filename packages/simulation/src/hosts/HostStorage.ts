import { type StoragePort, type StoredRun, WorkflowError } from "@automatosx/workflow";
import type { SimulatedProcess } from "../engine/SimulatedProcess.js";
import { type HostDatabase, translated } from "./HostDatabase.js";
import type { HostLink } from "./HostLink.js";
import type { HostRules } from "./HostRules.js";

type Commit = Parameters<StoragePort["commit"]>[0];
type LeaseRequest = Parameters<StoragePort["acquireLease"]>[0];
type Owner = LeaseRequest["owner"];
type Asynchronous = NonNullable<StoragePort["asynchronous"]>;

/** The machine of every owner: no host can see the processes of another. */
const MACHINE = "simulated-host";

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
 * uses requests that it does not wait for; other calls block it, but not for long. Instants of
 * leases are translated between the clock of the host and that of the database.
 */
export function storageOfHost(parts: HostStorageParts): StoragePort {
  const { rows, database, link, process, rules } = parts;
  const names = new OwnNames(process.name);
  const offsetMs = (): number =>
    rules.usesDatabaseClock ? database.now - process.clock.now() : 0;
  const read = (run: StoredRun): StoredRun => names.asSeen(translated(run, -offsetMs()));
  const now = (): number => database.now;
  const named = (commit: Commit, offset: number): Commit => ({
    ...commit,
    newRuns: commit.newRuns.map((run) =>
      run.owner === undefined
        ? run
        : {
            ...run,
            owner: names.own(run.owner),
            leaseUntil: (run.leaseUntil ?? 0) + offset,
          },
    ),
  });
  // How long a lease lasts is known when the request is sent; it begins when the request arrives.
  const untilOf = (leaseUntil: number): (() => number) => {
    const leaseMs = leaseUntil - process.clock.now();
    return rules.usesDatabaseClock ? () => database.now + leaseMs : () => leaseUntil;
  };
  const commitOf = (commit: Commit): (() => void) => {
    const sent = named(commit, offsetMs());
    return () => database.commit(rows, process.name, sent);
  };
  const renewalOf = (runIds: readonly string[], leaseUntil: number): (() => readonly string[]) => {
    const until = untilOf(leaseUntil);
    return () => database.renew(rows, process.name, runIds, until());
  };
  const asynchronous: Asynchronous = {
    commit: (commit) => link.send(process, commitOf(commit)),
    renewLeases: renewing(parts, renewalOf),
    pendingCommands: () => link.send(process, () => rows.pendingCommands(process.name)),
    answerCommand: (id, answer, at) => link.send(process, () => rows.answerCommand(id, answer, at)),
  };
  const own: Partial<StoragePort> = {
    commit: (commit) => commitOf(commit)(),
    acquireLease: (request) =>
      database.acquire(rows, {
        ...request,
        owner: names.own(request.owner),
        now: rules.usesDatabaseClock ? now() : request.now,
        leaseUntil: untilOf(request.leaseUntil)(),
        isDead: (owner) => names.isOwn(owner) && request.isDead(names.seen(owner)),
      }),
    renewLeases: (_ownerId, runIds, leaseUntil) => renewalOf(runIds, leaseUntil)(),
    releaseLease: (runId, epoch) => database.release(rows, runId, epoch),
    pendingCommands: () => rows.pendingCommands(process.name),
    getRun: (runId) => {
      const run = rows.getRun(runId);
      return run === undefined ? undefined : read(run);
    },
    findRuns: (part) => rows.findRuns(part).map(read),
    listRuns: (filter) => rows.listRuns(filter).map(read),
    listChildRuns: (runId) => rows.listChildRuns(runId).map(read),
    listClaimable: (at, limit) =>
      rows.listClaimable(rules.usesDatabaseClock ? now() : at, limit).map(read),
  };
  const given: Record<PropertyKey, unknown> = {
    asynchronous,
    leaseGraceMs: 0,
    databasePath: undefined,
    lost: undefined,
    // The rows belong to the world, which still reads them after the process has ended.
    close: () => undefined,
    ...(parts.hearsChanges && {
      onChange: (listener: () => void) =>
        database.listen(process.name, () => link.notify(process, listener)),
    }),
  };
  return new Proxy(rows, {
    get(target, name) {
      if (name in given) return given[name];
      const member: unknown = own[name as keyof StoragePort] ?? Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: readonly unknown[]) => {
        if (process.isDead) throw dead();
        return link.callNow(process, () => Reflect.apply(member, target, args));
      };
    },
  });
}

const dead = (): WorkflowError =>
  new WorkflowError("database_unusable", "The process of this host is dead.");

function renewing(
  { link, process, rules }: HostStorageParts,
  renewalOf: (runIds: readonly string[], leaseUntil: number) => () => readonly string[],
): Asynchronous["renewLeases"] {
  return (_ownerId, runIds, leaseUntil) => {
    const renewed = link.send(process, renewalOf(runIds, leaseUntil));
    return rules.reportsRenewals ? renewed : renewed.catch(() => runIds).then(() => runIds);
  };
}

/**
 * The names under which a process owns runs. An engine makes up a random one, which a seed could
 * not reproduce.
 */
class OwnNames {
  readonly #name: string;
  #engineId: string | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  own({ ownerId }: Owner): Owner {
    this.#engineId = ownerId;
    return { ownerId: this.#name, host: MACHINE, machine: this.#name, pid: 1, processStart: "" };
  }

  isOwn({ ownerId }: Owner): boolean {
    return ownerId === this.#name;
  }

  seen(owner: Owner): Owner {
    return { ...owner, ownerId: this.#engineId ?? this.#name };
  }

  asSeen(run: StoredRun): StoredRun {
    const { owner } = run;
    return owner !== undefined && this.isOwn(owner) ? { ...run, owner: this.seen(owner) } : run;
  }
}
