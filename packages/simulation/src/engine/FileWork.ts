import { createHook } from "node:async_hooks";

/** How many turns without a file in use show that the engines have finished with their files. */
const QUIET_TURNS = 2;

/** Kinds of asynchronous work on files, as `node:async_hooks` names them. */
const isOnFile = (type: string): boolean =>
  type.startsWith("FSREQ") || type === "FILEHANDLECLOSEREQ";

/**
 * Knows what is being read and written in this thread, so that a world can wait for it: files take
 * real time and no simulated time.
 */
export class FileWork {
  readonly #pending = new Set<number>();
  readonly #hook = createHook({
    init: (id, type) => {
      if (isOnFile(type)) this.#pending.add(id);
    },
    after: (id) => void this.#pending.delete(id),
    destroy: (id) => void this.#pending.delete(id),
  });

  constructor() {
    this.#hook.enable();
  }

  /** Resolves once no file has been in use for some turns of the event loop. */
  async rest(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#pending.size > 0) quiet = -1;
    }
  }

  stop(): void {
    this.#hook.disable();
  }
}
