import { type StoragePort, type StoredRun, WorkflowError } from "@automatosx/workflow";
import type { StorageFault } from "./faults.js";

type Commit = Parameters<StoragePort["commit"]>[0];
type LeaseRequest = Parameters<StoragePort["acquireLease"]>[0];
type Owner = LeaseRequest["owner"];

/** What a simulated process's way to the database has to know of the world. */
export interface StorageSurroundings {
  /** The name under which the process owns runs: the engine's own is a random one, which no seed gives again. */
  readonly ownerId: string;
  readonly isDead: () => boolean;
  /** Has this owner died, and would every process of its machine see so? */
  readonly isSeenDead: (ownerId: string) => boolean;
  /** Asked before each call: what goes wrong with this one? */
  readonly faultOf: (method: string, writes: boolean) => StorageFault | undefined;
  /** The process dies inside of a call. */
  readonly die: () => void;
  /** The run is this process's now; whether it was asked for by its id, or found among those that were left. */
  readonly acquired: (runId: string, isRecovery: boolean) => void;
  /** A commit was acknowledged by the storage, whatever the engine is told. */
  readonly committed: (commit: Commit) => void;
  /** There was no room for a commit: the engine puts its runs aside, and stops their agents first. */
  readonly foundNoRoom: (commit: Commit) => void;
}

const WRITES: ReadonlySet<string> = new Set<keyof StoragePort>([
  ...([
    "saveWorkflow",
    "commit",
    "rewriteCheckpoints",
    "recordFailedRecovery",
    "removeRuns",
    "acquireLease",
    "renewLeases",
    "releaseLease",
    "sendCommand",
    "answerCommand",
  ] as const),
]);

/** On no machine: whether such an owner lives is told by its lease alone, or by the world. */
const HOST = "simulated.invalid";

/**
 * The storage as one simulated process has it: nothing reaches it after the process has died, owners have the names
 * of the world, and a call goes wrong where the plan says so.
 */
export function storageOfProcess(real: StoragePort, around: StorageSurroundings): StoragePort {
  const own = (owner: Owner): Owner => ({
    ...owner,
    ownerId: around.ownerId,
    host: HOST,
    pid: 1,
    processStart: "",
  });
  const seen = (run: StoredRun): StoredRun =>
    run.owner !== undefined && around.isSeenDead(run.owner.ownerId)
      ? { ...run, leaseUntil: 0 }
      : run;
  const translated: Partial<StoragePort> = {
    commit: (commit) => {
      real.commit({
        ...commit,
        newRuns: commit.newRuns.map((run) => ({ ...run, owner: own(run.owner) })),
      });
      around.committed(commit);
    },
    acquireLease: (request) => {
      const isDead = (owner: Owner): boolean => around.isSeenDead(owner.ownerId);
      const answer = real.acquireLease({ ...request, owner: own(request.owner), isDead });
      if (answer.held) around.acquired(request.runId, request.isRecovery === true);
      return answer;
    },
    renewLeases: (_ownerId, runIds, leaseUntil) =>
      real.renewLeases(around.ownerId, runIds, leaseUntil),
    pendingCommands: () => real.pendingCommands(around.ownerId),
    getRun: (runId) => {
      const run = real.getRun(runId);
      return run === undefined ? undefined : seen(run);
    },
    findRuns: (part) => real.findRuns(part).map(seen),
    listRuns: (filter) => real.listRuns(filter).map(seen),
    // The connection belongs to the world, which may look at the database once the process is gone.
    close: () => undefined,
  };
  const call = (method: string, given: readonly unknown[], action: () => unknown): unknown => {
    if (around.isDead()) throw new WorkflowError("database_unusable", "The process is gone.");
    const fault = around.faultOf(method, WRITES.has(method));
    if (fault === undefined) return action();
    if (fault === "full-before" && method === "commit") around.foundNoRoom(given[0] as Commit);
    return goWrong(fault, action, around.die);
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

function goWrong(fault: StorageFault, action: () => unknown, die: () => void): unknown {
  switch (fault) {
    case "busy":
      throw new WorkflowError("database_busy", "The database is busy, says the simulation.");
    case "full-before":
      throw new WorkflowError("database_full", "The disk is full, says the simulation.");
    case "unreadable":
      throw new WorkflowError(
        "database_unusable",
        "The database cannot be read, says the simulation.",
      );
    case "unusable-before":
      throw new WorkflowError(
        "database_unusable",
        "The database cannot be written, says the simulation.",
      );
    case "unusable-after":
      action();
      throw new WorkflowError(
        "database_unusable",
        "It was written, but the simulation says that it was not.",
      );
    case "crash-before":
      die();
      throw new WorkflowError("database_unusable", "The process dies here.");
    case "crash-after":
      action();
      die();
      throw new WorkflowError("database_unusable", "The process dies here.");
  }
}
