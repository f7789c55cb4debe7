import { hostname } from "node:os";
import { type StoragePort, type StoredRun, WorkflowError } from "@automatosx/workflow";

type Owner = NonNullable<StoredRun["owner"]>;
type LeaseRequest = Parameters<StoragePort["acquireLease"]>[0];

/**
 * The storage of a case, shared by engines that can die. All engines live in this process, so a
 * dead one would look alive to the others: its runs are therefore shown with an owner whose process
 * has ended.
 */
export class MortalStorage {
  readonly #real: StoragePort;
  /** Where the database would be: the directories of runs are beside it. */
  readonly #databasePath: string;
  readonly #deadOwners = new Set<string>();

  constructor(real: StoragePort, databasePath: string) {
    this.#real = real;
    this.#databasePath = databasePath;
  }

  /** Returns the storage for a new engine, and a function that ends that engine's access. */
  open(): { readonly storage: StoragePort; readonly die: () => void } {
    let isDead = false;
    // The names under which the engine has owned runs.
    const owned = new Set<string>();
    const own = (owner: Owner): Owner => {
      owned.add(owner.ownerId);
      return owner;
    };
    const real = this.#real;
    const databasePath = this.#databasePath;
    const changed: Partial<StoragePort> = {
      commit: (commit) => {
        for (const { owner } of commit.newRuns) if (owner !== undefined) own(owner);
        real.commit(commit);
      },
      acquireLease: (request) => real.acquireLease(this.#request(request, own)),
      getRun: (runId) => this.#asSeen(real.getRun(runId)),
      findRuns: (part) => real.findRuns(part).map((run) => this.#asSeen(run)),
      listRuns: (filter) => real.listRuns(filter).map((run) => this.#asSeen(run)),
      // The case reads the storage after the engine has closed.
      close: () => undefined,
    };
    const call = (action: () => unknown): unknown => {
      if (isDead) throw new WorkflowError("engine_closed", "The engine of this storage is dead.");
      return action();
    };
    const storage = new Proxy(real, {
      get(target, name) {
        if (name === "databasePath") return databasePath;
        const member: unknown =
          changed[name as keyof StoragePort] ?? Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return (...given: readonly unknown[]) => call(() => Reflect.apply(member, target, given));
      },
    });
    const die = (): void => {
      isDead = true;
      for (const ownerId of owned) this.#deadOwners.add(ownerId);
    };
    return { storage, die };
  }

  #request(request: LeaseRequest, own: (owner: Owner) => Owner): LeaseRequest {
    const isDead = (owner: Owner): boolean =>
      this.#deadOwners.has(owner.ownerId) || request.isDead(owner);
    return { ...request, owner: own(request.owner), isDead };
  }

  #asSeen<Run extends StoredRun | undefined>(run: Run): Run {
    const owner = run?.owner;
    if (owner === undefined || !this.#deadOwners.has(owner.ownerId)) return run;
    return { ...run, owner: deadOwner(owner.ownerId) };
  }
}

/** Returns an owner whose process has ended on this machine: no process has its id. */
function deadOwner(ownerId: string): Owner {
  return { ownerId, host: hostname(), pid: 0, processStart: "" };
}
