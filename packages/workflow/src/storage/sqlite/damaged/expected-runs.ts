import { WorkflowError } from "../../../errors.js";
import { ownerOf } from "../../lease-row.js";
import { RowReader, type StoredRow } from "../../RowReader.js";
import type { RunOwner } from "../../StoragePort.js";
import { isHash, originHash, type SalvagedOrigin, toOrigin } from "../salvaged-rows.js";
import { type JournalKeys, split } from "./JournalKeys.js";
import type { RowPlace, RowScan } from "./RowScan.js";

/** The part of a run's row that changes, as far as it can be read. No hash covers it. */
interface ExpectedState {
  readonly status?: string;
  readonly errorCode?: string;
  readonly backend?: string;
  readonly journalSeq: number;
  readonly owner?: RunOwner;
  readonly leaseUntil: number;
  /** Whether a newer version of the page replaced this one. */
  readonly isOld: boolean;
}

/** A run that anything in the database mentions. */
export interface ExpectedRun {
  /** Undefined if no row with the run's number contains its id. */
  runId?: string;
  /** The number that starts the keys of its journal. */
  runNumber?: number;
  /** The fixed part of its row; undefined unless a hash confirms it. */
  origin?: SalvagedOrigin;
  state?: ExpectedState;
  /** The statuses under which the index lists the run. */
  readonly statuses: Set<string>;
  /** The highest sequence number outside the journal itself. */
  lastMentioned: number;
  /** What mentions the run. */
  readonly sources: Set<string>;
  /** Whether only replaced versions of pages mention the run. */
  isOld: boolean;
}

/** The tables and indexes other than those of the runs that contain the ids of runs. */
const MENTIONS: readonly { readonly table: string; readonly source: string }[] = [
  { table: "workflow_checkpoints", source: "its checkpoints" },
  { table: "workflow_commands", source: "a command" },
  { table: "workflow_step_logs", source: "the output of its agents" },
];
const TABLE_OF_RUNS = "the table of runs";
const JOURNAL = "its journal";
const RUNS_INDEX = "sqlite_autoindex_workflow_runs_1";

/**
 * Collects the runs that the database mentions: in the table of runs and its indexes, in the keys
 * of the journal, and in checkpoints, commands and the output of agents.
 */
export function collectRuns(scan: RowScan, journals: JournalKeys): ExpectedRun[] {
  return new RunCollector(scan, journals).collect();
}

class RunCollector {
  readonly #scan: RowScan;
  readonly #journals: JournalKeys;
  readonly #byNumber = new Map<number, ExpectedRun>();
  readonly #byId = new Map<string, ExpectedRun>();

  constructor(scan: RowScan, journals: JournalKeys) {
    this.#scan = scan;
    this.#journals = journals;
  }

  collect(): ExpectedRun[] {
    for (const [rowid, places] of this.#scan.places("workflow_runs"))
      for (const place of places) this.#addRow(rowid, place);
    for (const runNumber of this.#journals.runNumbers()) {
      const isOld = this.#journals.count(runNumber) === 0;
      this.#mention(this.#numbered(runNumber), JOURNAL, isOld);
    }
    for (const { name, values } of this.#scan.entries()) this.#addEntry(name, values);
    for (const { table, source } of MENTIONS) this.#addMentions(table, source);
    this.#joinByChain();
    const runs = new Set([...this.#byNumber.values(), ...this.#byId.values()]);
    return [...runs].filter(isBelieved);
  }

  // Versions come in order, the most reliable first, so the first proof is kept.
  #addRow(rowid: number, place: RowPlace): void {
    const row = this.#scan.read("workflow_runs", place);
    if (row === undefined) return;
    const origin = attempt(() => toOrigin(row));
    const runNumber = origin && this.#provenNumber(origin, row, rowid);
    const runId = attempt(() => new RowReader("workflow_runs", "run_id", row).text("run_id"));
    const { isOld } = place.image;
    if (origin === undefined || runNumber === undefined) {
      const run = this.#numbered(rowid);
      this.#mention(run, TABLE_OF_RUNS, isOld);
      if (run.runId === undefined && runId !== undefined) this.#name(run, runId);
      return;
    }
    const run = this.#byId.get(origin.runId) ?? this.#numbered(runNumber);
    this.#mention(run, TABLE_OF_RUNS, isOld);
    run.origin ??= origin;
    run.runNumber = runNumber;
    this.#byNumber.set(runNumber, run);
    this.#name(run, origin.runId);
    const state = { ...stateOf(row), isOld };
    run.lastMentioned = Math.max(run.lastMentioned, state.journalSeq);
    if (run.state === undefined || run.state.journalSeq < state.journalSeq) run.state = state;
  }

  // If the number in the row is damaged, the journal that starts from this origin has the right
  // one.
  #provenNumber(origin: SalvagedOrigin, row: StoredRow, rowid: number): number | undefined {
    if (this.#journals.startsFrom(rowid, origin)) return rowid;
    const byJournal = this.#numberByJournal(origin);
    if (byJournal !== undefined) return byJournal;
    return isHash(row["origin_hash"], originHash(origin)) ? rowid : undefined;
  }

  #numberByJournal(origin: SalvagedOrigin): number | undefined {
    for (const runNumber of this.#journals.runNumbers())
      if (this.#journals.startsFrom(runNumber, origin)) return runNumber;
    return undefined;
  }

  #addEntry(name: string, values: StoredRow): void {
    const { rowid, run_id: runId } = values;
    if (name === "workflow_journal_restores") {
      const [runNumber, seq] = split(Number(values["entry_id"] ?? rowid));
      const run = this.#byNumber.get(runNumber);
      if (run !== undefined) run.lastMentioned = Math.max(run.lastMentioned, seq);
      return;
    }
    const runNumber = values["run_number"] ?? rowid;
    const isOfRuns = name === RUNS_INDEX || name.startsWith("workflow_runs_");
    if (isOfRuns && Number.isSafeInteger(runNumber) && Number(runNumber) > 0) {
      const run = this.#numbered(Number(runNumber));
      this.#mention(run, `the index ${name}`, false);
      if (name === RUNS_INDEX && typeof runId === "string" && run.runId === undefined)
        this.#name(run, runId);
      const { status } = values;
      if (name === "workflow_runs_by_status" && typeof status === "string")
        run.statuses.add(status);
    } else if (!isOfRuns && typeof runId === "string" && name.startsWith("workflow_")) {
      this.#mention(this.#identified(runId), `the index ${name}`, false);
    }
  }

  #addMentions(table: string, source: string): void {
    for (const places of this.#scan.places(table).values())
      for (const place of places) {
        const runId = this.#scan.peek(table, place, "run_id");
        if (typeof runId !== "string") continue;
        const run = this.#identified(runId);
        this.#mention(run, source, place.image.isOld);
        const seq = table === "workflow_checkpoints" ? this.#scan.peek(table, place, "seq") : 0;
        if (Number.isSafeInteger(seq) && !place.image.isOld)
          run.lastMentioned = Math.max(run.lastMentioned, Number(seq));
      }
  }

  // A journal without a row and an id without a number may be the same run: the hashes of the
  // entries cover the id.
  #joinByChain(): void {
    for (const [runId, run] of this.#byId) {
      if (run.runNumber !== undefined) continue;
      for (const [runNumber, numbered] of this.#byNumber) {
        if (numbered.runId !== undefined || !this.#journals.belongsTo(runNumber, runId)) continue;
        for (const source of run.sources) this.#mention(numbered, source, run.isOld);
        numbered.lastMentioned = Math.max(numbered.lastMentioned, run.lastMentioned);
        numbered.runId = runId;
        this.#byId.set(runId, numbered);
        break;
      }
    }
  }

  #numbered(runNumber: number): ExpectedRun {
    const run = this.#byNumber.get(runNumber) ?? { ...unknownRun(), runNumber };
    this.#byNumber.set(runNumber, run);
    return run;
  }

  #identified(runId: string): ExpectedRun {
    const run = this.#byId.get(runId) ?? { ...unknownRun(), runId };
    this.#byId.set(runId, run);
    return run;
  }

  #name(run: ExpectedRun, runId: string): void {
    if (this.#byId.has(runId) && this.#byId.get(runId) !== run) return;
    if (run.runId !== undefined && run.runId !== runId && run.origin?.runId !== runId) return;
    if (run.runId !== undefined && run.runId !== runId) this.#byId.delete(run.runId);
    run.runId = runId;
    this.#byId.set(runId, run);
  }

  #mention(run: ExpectedRun, source: string, isOld: boolean): void {
    run.sources.add(source);
    run.isOld &&= isOld;
  }
}

// No hash covers an index or the output of agents: a flipped bit there can create the id or the
// number of a run. A run that exists is mentioned in more than one place.
function isBelieved({ origin, sources }: ExpectedRun): boolean {
  return (
    origin !== undefined || sources.has(TABLE_OF_RUNS) || sources.has(JOURNAL) || sources.size > 1
  );
}

function unknownRun(): ExpectedRun {
  return { statuses: new Set(), lastMentioned: 0, sources: new Set(), isOld: true };
}

function stateOf(row: StoredRow): Omit<ExpectedState, "isOld"> {
  const { status, error_code: errorCode, lease_until: leaseUntil, journal_seq: seq } = row;
  const { backend } = row;
  const owner = attempt(() => ownerOf(new RowReader("workflow_runs", "run_id", row)));
  return {
    journalSeq: Number.isSafeInteger(seq) ? Number(seq) : 0,
    leaseUntil: typeof leaseUntil === "number" ? leaseUntil : 0,
    ...(typeof status === "string" && { status }),
    ...(typeof errorCode === "string" && { errorCode }),
    ...(typeof backend === "string" && backend !== "" && { backend }),
    ...(owner !== undefined && { owner }),
  };
}

/** Returns the result of `read`, or undefined if a value has the wrong type. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof WorkflowError) return undefined;
    throw error;
  }
}
