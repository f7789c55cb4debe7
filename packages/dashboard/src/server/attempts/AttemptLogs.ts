import type { StoragePort } from "@automatosx/workflow/observe";
import { AttemptLog, type AttemptName } from "./AttemptLog.js";

/** How many logs are kept between two requests. */
const MAX_LOGS = 16;

/** The logs of attempts that were asked for last. */
export class AttemptLogs {
  readonly #storage: Pick<StoragePort, "readLogs">;
  /** The last used at the end. */
  readonly #logs = new Map<string, AttemptLog>();

  constructor(storage: Pick<StoragePort, "readLogs">) {
    this.#storage = storage;
  }

  /** Returns a log up to what was written last. */
  async latest(name: AttemptName): Promise<AttemptLog> {
    const key = JSON.stringify([name.runId, name.createdAt, name.stepId, name.attempt]);
    const log = this.#logs.get(key) ?? new AttemptLog(this.#storage, name);
    this.#logs.delete(key);
    this.#logs.set(key, log);
    for (const [oldest] of this.#logs)
      if (this.#logs.size > MAX_LOGS) this.#logs.delete(oldest);
      else break;
    await log.catchUp();
    return log;
  }
}
