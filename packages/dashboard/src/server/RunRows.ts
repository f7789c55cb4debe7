import path from "node:path";
import {
  isOrphaned,
  isQuarantined,
  ownerState,
  type StoredRun,
} from "@automatosx/workflow/observe";
import type { Owner, RunRow } from "../api/common.schema.js";
import type { Figures, ReadFigures } from "./Figures.js";

/** How long figures are read for one list, in ms. The other rows get theirs later. */
const LIST_MS = 50;

/** A longer journal is not read for a list at once. */
const MAX_ENTRIES = 2000;

/** The rows of runs, as the API lists them. */
export class RunRows {
  readonly #folder: string;
  readonly #now: () => number;
  readonly #figures: Figures;

  constructor(folder: string, now: () => number, figures: Figures) {
    this.#folder = folder;
    this.#now = now;
    this.#figures = figures;
  }

  /** Returns the row of a run with its figures. A run whose journal is damaged says so. */
  row(run: StoredRun): RunRow {
    return this.#row(run, this.#figures.read(run));
  }

  /** Returns the rows of a list. If figures take too long to read, the last rows lack them. */
  list(runs: readonly StoredRun[]): RunRow[] {
    const startedAt = performance.now();
    return runs.map((run) => {
      const hasTime = performance.now() - startedAt < LIST_MS && run.journalSeq < MAX_ENTRIES;
      return hasTime ? this.row(run) : this.#row(run, this.#figures.knownOrLater(run));
    });
  }

  #row(run: StoredRun, read: ReadFigures | undefined): RunRow {
    const { runId, workflowId, workflowName, workflowVersion, stepCount } = run;
    const { createdAt, updatedAt, journalSeq, currentDefinitionHash, definitionHash } = run;
    const now = this.#now();
    const owner = ownerOf(run, now);
    const file = this.#file(run);
    const damage = read !== undefined && "damage" in read ? read.damage : undefined;
    return {
      ...{ runId, workflowId, workflowName, workflowVersion, stepCount },
      ...{ createdAt, updatedAt, journalSeq },
      figures: read !== undefined && "figures" in read ? read.figures : null,
      definitionHash: currentDefinitionHash ?? definitionHash,
      isOrphaned: isOrphaned(run, now),
      isQuarantined: isQuarantined(run),
      ...(owner !== undefined && { owner }),
      ...(file !== undefined && { file }),
      ...presentIn(run, ["backend", "parentRunId", "parentStepId", "forkedFrom"]),
      ...(damage === undefined ? stateOf(run) : damagedState(damage)),
    };
  }

  /**
   * Returns the workflow file of a run, relative to the served folder if it is in it. A child run
   * was started from the file of its parent, which is not its own.
   */
  #file({ startedFrom, parentStepId }: StoredRun): string | undefined {
    const file = parentStepId === undefined ? startedFrom?.file : undefined;
    if (file === undefined) return undefined;
    const relative = path.relative(this.#folder, file);
    return relative.startsWith("..") || path.isAbsolute(relative) ? file : relative;
  }
}

/** The process that owns a run; undefined if none does. */
export function ownerOf(run: StoredRun, now: number): Owner | undefined {
  const state = ownerState(run, now);
  if (run.owner === undefined || state === "none" || state === "backend") return undefined;
  return { pid: run.owner.pid, host: run.owner.host, state };
}

type RowState = Pick<
  RunRow,
  "state" | "status" | "pauseReason" | "finishedAt" | "error" | "errorCode" | "damage"
>;

function stateOf(run: StoredRun): RowState {
  const { state, status } = run;
  return { state, status, ...presentIn(run, ["pauseReason", "finishedAt", "error", "errorCode"]) };
}

// As `listRuns` lists it.
function damagedState(damage: string): RowState {
  return { state: "failed", status: "failed", error: damage, errorCode: "journal_damaged", damage };
}

function presentIn<Key extends keyof StoredRun>(
  run: StoredRun,
  keys: readonly Key[],
): { readonly [K in Key]?: NonNullable<StoredRun[K]> } {
  return Object.fromEntries(
    keys.flatMap((key) => (run[key] === undefined ? [] : [[key, run[key]]])),
  ) as { readonly [K in Key]?: NonNullable<StoredRun[K]> };
}
