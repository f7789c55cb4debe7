import { hostname } from "node:os";
import { type StoragePort, type StoredRun, WorkflowError } from "@automatosx/workflow";
import type { StorageFault } from "./Fault.js";

type Commit = Parameters<StoragePort["commit"]>[0];
type LeaseRequest = Parameters<StoragePort["acquireLease"]>[0];
type Owner = LeaseRequest["owner"];

/** The functions that a simulated process's storage needs from the world. */
export interface StorageHost {
  /**
   * The name under which the process owns runs. The engine's own name is random, so a seed could
   * not reproduce it.
   */
  readonly ownerId: string;
  readonly isDead: () => boolean;
  /** True if this owner has died and every process notices it. */
  readonly isSeenDead: (ownerId: string) => boolean;
  /** The fault of a call, if one is planned. Called before each call. */
  readonly faultOf: (method: string, writes: boolean) => StorageFault | undefined;
  /** Ends the process inside a call. */
  readonly die: () => void;
  /**
   * The process acquired the lease of a run, either in a recovery or by requesting the run by its
   * id.
   */
  readonly acquired: (runId: string, isRecovery: boolean) => void;
  /** The storage has written a commit, whether or not the engine receives the confirmation. */
  readonly committed: (commit: Commit) => void;
  /** There was no space for a commit: the engine stops its runs' agents and suspends the runs. */
  readonly foundNoRoom: (commit: Commit) => void;
}

const WRITES: ReadonlySet<string> = new Set<keyof StoragePort>([
  "saveWorkflow",
  "commit",
  "rewriteCheckpoints",
  "recordFailedRecovery",
  "withdrawFailedRecovery",
  "removeRuns",
  "acquireLease",
  "renewLeases",
  "releaseLease",
  "sendCommand",
  "answerCommand",
]);

/**
 * A host name that no machine has, so only a lease or the world decides whether an owner is alive.
 */
const HOST = "simulated.invalid";

/** Returns an owner whose process has ended on this machine: no process has its id. */
const deadOwner = (ownerId: string): Owner => ({
  ownerId,
  host: hostname(),
  pid: 0,
  processStart: "",
});

/**
 * The storage of one simulated process: no call succeeds after the process has died, owners have
 * the world's process names, and calls fail as planned.
 */
export function storageOfProcess(real: StoragePort, host: StorageHost): StoragePort {
  const own = ({ ownerId }: Owner): Owner => {
    engineId = ownerId;
    return { ownerId: host.ownerId, host: HOST, machine: HOST, pid: 1, processStart: "" };
  };
  // The id by which the engine of this process knows itself, once it has owned a run.
  let engineId = host.ownerId;
  const asSeen = (run: StoredRun): StoredRun => {
    const { owner } = run;
    if (owner?.ownerId === host.ownerId) return { ...run, owner: { ...owner, ownerId: engineId } };
    return owner !== undefined && host.isSeenDead(owner.ownerId)
      ? { ...run, owner: deadOwner(owner.ownerId) }
      : run;
  };
  const translated: Partial<StoragePort> = {
    commit: (commit) => {
      real.commit({
        ...commit,
        newRuns: commit.newRuns.map((run) =>
          run.owner === undefined ? run : { ...run, owner: own(run.owner) },
        ),
      });
      host.committed(commit);
    },
    acquireLease: (request) => {
      const isDead = (owner: Owner): boolean => host.isSeenDead(owner.ownerId);
      const answer = real.acquireLease({ ...request, owner: own(request.owner), isDead });
      if (answer.held) host.acquired(request.runId, request.isRecovery === true);
      return answer;
    },
    renewLeases: (_ownerId, runIds, leaseUntil) =>
      real.renewLeases(host.ownerId, runIds, leaseUntil),
    pendingCommands: () => real.pendingCommands(host.ownerId),
    getRun: (runId) => {
      const run = real.getRun(runId);
      return run === undefined ? undefined : asSeen(run);
    },
    findRuns: (part) => real.findRuns(part).map(asSeen),
    listRuns: (filter) => real.listRuns(filter).map(asSeen),
    listClaimable: (now, limit, isDead) =>
      real
        .listClaimable(now, limit, isDead && ((owner) => host.isSeenDead(owner.ownerId)))
        .map(asSeen),
    // The connection belongs to the world, which still reads it after the process has ended.
    close: () => undefined,
  };
  const call = (method: string, given: readonly unknown[], action: () => unknown): unknown => {
    if (host.isDead()) throw new WorkflowError("database_unusable", "The process is dead.");
    const fault = host.faultOf(method, WRITES.has(method));
    if (fault === undefined) return action();
    if (fault === "full-before" && method === "commit") host.foundNoRoom(given[0] as Commit);
    return failWith(fault, action, host.die);
  };
  return new Proxy(real, {
    get(target, name) {
      const member: unknown =
        translated[name as keyof StoragePort] ?? Reflect.get(target, name, target);
      if (typeof member !== "function" || typeof name !== "string") return member;
      return (...given: readonly unknown[]) =>
        call(name, given, () => Reflect.apply(member, target, given));
    },
  });
}

function failWith(fault: StorageFault, action: () => unknown, die: () => void): unknown {
  switch (fault) {
    case "busy":
      throw new WorkflowError("database_busy", "The simulated database is busy.");
    case "full-before":
      throw new WorkflowError("database_full", "The simulated disk is full.");
    case "unreadable":
      throw new WorkflowError("database_unusable", "The simulated database cannot be read.");
    case "unusable-before":
      throw new WorkflowError("database_unusable", "The simulated database cannot be written.");
    case "unusable-after":
      action();
      throw new WorkflowError(
        "database_unusable",
        "The commit was written, but the simulated database reported a failure.",
      );
    case "crash-before":
      die();
      throw new WorkflowError("database_unusable", "The process died during the call.");
    case "crash-after":
      action();
      die();
      throw new WorkflowError("database_unusable", "The process died during the call.");
  }
}
