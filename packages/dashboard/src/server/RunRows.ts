import path from "node:path";
import { WorkflowError } from "@automatosx/workflow/errors";
import {
  isOrphaned,
  isQuarantined,
  ownerState,
  type StoragePort,
  type StoredRun,
} from "@automatosx/workflow/observe";
import type { Owner, RunFigures, RunRow } from "../api/common.schema.js";
import type { DashboardOptions } from "./DashboardOptions.js";
import type { Readers } from "./Readers.js";
import { figuresOf, questionsOf } from "./run-figures.js";

/** How many runs' figures are kept. */
const MAX_FIGURES = 10_000;

const OPEN: ReadonlySet<string> = new Set(["running", "paused"]);

/** The figures of a run after one of its journal entries. */
interface KnownFigures {
  readonly seq: number;
  readonly figures: RunFigures;
}

/** The rows of runs, as the API lists them. */
export class RunRows {
  readonly #options: Pick<DashboardOptions, "folder"> & { readonly now: () => number };
  readonly #storage: StoragePort;
  readonly #readers: Readers;
  /** By run id, the last computed at the end. */
  readonly #figures = new Map<string, KnownFigures>();

  constructor(
    options: Pick<DashboardOptions, "folder"> & { readonly now: () => number },
    storage: StoragePort,
    readers: Readers,
  ) {
    this.#storage = storage;
    this.#options = options;
    this.#readers = readers;
  }

  /** Returns the row of a run with its figures. A run whose journal is damaged says so. */
  row(run: StoredRun): RunRow {
    if (run.damage !== undefined) return this.#row(run, null);
    try {
      return this.#row(run, this.#latestFigures(run));
    } catch (error) {
      if (!(error instanceof WorkflowError) || error.code !== "journal_damaged") throw error;
      return this.#row({ ...run, damage: error.message }, null);
    }
  }

  /** Returns the row of a run, with figures only if they are known. */
  quickRow(run: StoredRun): RunRow {
    return this.#row(run, this.#known(run) ?? null);
  }

  #known({ runId, journalSeq, status }: StoredRun): RunFigures | undefined {
    const known = this.#figures.get(runId);
    // While a run is worked on, its row may lag behind its journal; and a run that waits may wait
    // for its child runs, which have journals of their own.
    return known !== undefined && known.seq === journalSeq && !OPEN.has(status)
      ? known.figures
      : undefined;
  }

  #latestFigures(run: StoredRun): RunFigures {
    const known = this.#known(run);
    if (known !== undefined) return known;
    const { view } = this.#readers.latest(run.runId);
    const questions = questionsOf(this.#storage, this.#readers, run, view);
    const figures = figuresOf(run, view, questions, this.#options.now());
    this.#figures.delete(run.runId);
    this.#figures.set(run.runId, { seq: view.seq, figures });
    const [oldest] = this.#figures.keys();
    if (oldest !== undefined && this.#figures.size > MAX_FIGURES) this.#figures.delete(oldest);
    return figures;
  }

  #row(run: StoredRun, figures: RunFigures | null): RunRow {
    const { runId, workflowId, workflowName, workflowVersion, state, status, stepCount } = run;
    const { createdAt, updatedAt, journalSeq, currentDefinitionHash, definitionHash } = run;
    const owner = ownerOf(run, this.#options.now());
    const file = this.#file(run);
    return {
      ...{ runId, workflowId, workflowName, workflowVersion, state, status, stepCount },
      ...{ createdAt, updatedAt, journalSeq, figures },
      definitionHash: currentDefinitionHash ?? definitionHash,
      isOrphaned: isOrphaned(run, this.#options.now()),
      isQuarantined: isQuarantined(run),
      ...(owner !== undefined && { owner }),
      ...(file !== undefined && { file }),
      ...presentIn(run, [
        "pauseReason",
        "finishedAt",
        "error",
        "errorCode",
        "parentRunId",
        "parentStepId",
        "forkedFrom",
        "damage",
      ]),
    };
  }

  // A child run was started from the file of its parent, which is not its own.
  #file({ startedFrom, parentStepId }: StoredRun): string | undefined {
    const file = parentStepId === undefined ? startedFrom?.file : undefined;
    if (file === undefined) return undefined;
    const relative = path.relative(this.#options.folder, file);
    return relative.startsWith("..") || path.isAbsolute(relative) ? file : relative;
  }
}

/** The process that owns a run; undefined if none does. */
export function ownerOf(run: StoredRun, now: number): Owner | undefined {
  const state = ownerState(run, now);
  if (run.owner === undefined || state === "none") return undefined;
  return { pid: run.owner.pid, host: run.owner.host, state };
}

function presentIn<Key extends keyof StoredRun>(
  run: StoredRun,
  keys: readonly Key[],
): { readonly [K in Key]?: NonNullable<StoredRun[K]> } {
  return Object.fromEntries(
    keys.flatMap((key) => (run[key] === undefined ? [] : [[key, run[key]]])),
  ) as { readonly [K in Key]?: NonNullable<StoredRun[K]> };
}
