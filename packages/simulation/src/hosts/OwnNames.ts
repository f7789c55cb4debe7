import type { StoragePort, StoredRun } from "@automatosx/workflow";

type Owner = Parameters<StoragePort["acquireLease"]>[0]["owner"];

/** The host name of every owner; the machine is the process, so none can see another's. */
const HOST = "simulated-host";

/**
 * The names under which a process owns runs. An engine makes up a random one, which a seed could
 * not reproduce.
 */
export class OwnNames {
  readonly #name: string;
  #engineId: string | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** The owner as it is stored, for an owner as the engine names it. */
  own({ ownerId }: Owner): Owner {
    this.#engineId = ownerId;
    return { ownerId: this.#name, host: HOST, machine: this.#name, pid: 1, processStart: "" };
  }

  isOwn({ ownerId }: Owner): boolean {
    return ownerId === this.#name;
  }

  /** The owner as the engine names it. */
  seen(owner: Owner): Owner {
    return { ...owner, ownerId: this.#engineId ?? this.#name };
  }

  /** A row as the engine reads it. */
  asSeen(run: StoredRun): StoredRun {
    const { owner } = run;
    return owner !== undefined && this.isOwn(owner) ? { ...run, owner: this.seen(owner) } : run;
  }
}
