import type { WorkflowError } from "../errors.js";
import type { StoragePort } from "../storage/StoragePort.js";

/** The interval at which to poll the database, in ms. */
const POLL_MS = 50;
/** Whether the file is still at its path is checked once per this many polls. */
const POLLS_PER_FILE_CHECK = 20;

/**
 * Notices changes of a database for any number of listeners, with one poll for all of them. It
 * polls only while there are listeners, and never keeps the process alive.
 *
 * ```ts
 * const watcher = new ChangeWatcher(storage);
 * const stop = watcher.listen(() => show(storage.listRuns({ limit: 10 })));
 * ```
 */
export class ChangeWatcher {
  readonly #storage: Pick<StoragePort, "dataVersion" | "lost">;
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #dataVersion: number | undefined;
  #polls = 0;
  #version = 0;
  #lost: WorkflowError | undefined;

  constructor(storage: Pick<StoragePort, "dataVersion" | "lost">) {
    this.#storage = storage;
  }

  /** Increases with each change that was noticed. */
  get version(): number {
    return this.#version;
  }

  /** `database_unusable` once the file is no longer at its path: it will not change any more. */
  get lost(): WorkflowError | undefined {
    return this.#lost;
  }

  /** Calls `listener` after each change, until the returned function is called. */
  listen(listener: () => void): () => void {
    // The same function may listen twice.
    const own = (): void => listener();
    this.#listeners.add(own);
    if (this.#timer === undefined) this.#start();
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  /**
   * Reports a change that this connection to the database has made itself: a poll notices only
   * those of other connections.
   */
  announce(): void {
    this.#version += 1;
    for (const listener of [...this.#listeners]) listener();
  }

  // What has changed since the last poll counts as one change. A listener reads the present state
  // itself when it begins.
  #start(): void {
    this.#timer = setInterval(() => {
      if (this.#hasChanged()) this.announce();
    }, POLL_MS);
    this.#timer.unref();
    if (this.#hasChanged()) this.#version += 1;
  }

  #hasChanged(): boolean {
    const { dataVersion, lost } = this.#look();
    const isSame =
      dataVersion === this.#dataVersion && (lost === undefined) === (this.#lost === undefined);
    this.#dataVersion = dataVersion;
    this.#lost = lost;
    return !isSame;
  }

  #look(): { dataVersion: number | undefined; lost: WorkflowError | undefined } {
    this.#polls += 1;
    const isDue = this.#polls % POLLS_PER_FILE_CHECK === 1;
    const lost = isDue ? this.#storage.lost?.("file") : this.#lost;
    try {
      return { dataVersion: this.#storage.dataVersion(), lost };
    } catch {
      // Busy, or closed: a reader gets the same error with its own place in the code.
      return { dataVersion: this.#dataVersion, lost };
    }
  }
}
