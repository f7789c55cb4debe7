import { RunQueries } from "../core/workflow-state-machine.js";
import { ERROR_KINDS, WorkflowError } from "../errors.js";
import { RunReader } from "../journal/RunReader.js";
import type { StoragePort, StoredRun } from "../storage/StoragePort.js";

/** How many open questions the runs of a database have, by kind. */
export interface QuestionCounts {
  readonly gate: number;
  readonly signal: number;
  readonly unknown: number;
}

/**
 * Counts open questions. The state of each run that has not ended is kept, so that only new journal
 * entries are read the next time.
 */
export class OpenQuestions {
  readonly #storage: StoragePort;
  readonly #readers = new Map<string, RunReader>();
  /** By the hash of a definition, whether its runs may have questions. */
  readonly #mayAsk = new Map<string, boolean>();

  constructor(storage: StoragePort) {
    this.#storage = storage;
  }

  count(): QuestionCounts {
    const counts = { gate: 0, signal: 0, unknown: 0 };
    const open = new Set<string>();
    for (const status of ["paused", "running"] as const)
      for (const run of this.#storage.listRuns({ status })) {
        if (run.damage !== undefined || !this.#asks(run)) continue;
        open.add(run.runId);
        for (const { kind } of this.#questions(run)) counts[kind] += 1;
      }
    for (const runId of this.#readers.keys()) if (!open.has(runId)) this.#readers.delete(runId);
    return counts;
  }

  // A plain workflow waits for nothing.
  #asks({ definitionHash: hash }: StoredRun): boolean {
    const known = this.#mayAsk.get(hash);
    if (known !== undefined) return known;
    const asks = this.#storage.getWorkflow(hash)?.definition.includes('"language":') === true;
    this.#mayAsk.set(hash, asks);
    return asks;
  }

  #questions({ runId, createdAt }: StoredRun): ReturnType<typeof RunQueries.questions> {
    try {
      const known = this.#readers.get(runId);
      // A run that was removed and started again has the same id.
      const isSame = known?.row.createdAt === createdAt;
      const reader = known !== undefined && isSame ? known : RunReader.open(this.#storage, runId);
      this.#readers.set(runId, reader.catchUp());
      return RunQueries.questions(reader.machine);
    } catch (error) {
      this.#readers.delete(runId);
      // A damaged run has no questions. Any other error concerns the whole database.
      if (error instanceof WorkflowError && ERROR_KINDS[error.code].quarantines) return [];
      throw error;
    }
  }
}
