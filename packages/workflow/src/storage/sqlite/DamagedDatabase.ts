import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { JournalEntry } from "@automatosx/schemas";
import Driver from "better-sqlite3";
import { WorkflowError } from "../../errors.js";
import type { LogChunk, StoredCheckpoint, StoredDefinition } from "../StoragePort.js";
import { otherTables, repairSchema } from "./check-schema.js";
import { guard, isUnreadable } from "./database-error.js";
import { chainHash, hashFields } from "./hash-chain.js";
import { inspectLog, isDamaged, type LogTail, repairLog } from "./inspect-log.js";
import type { Database } from "./open-database.js";
import { RowReader, type StoredRow } from "./RowReader.js";
import { toDefinition } from "./run-row.js";

/** What never changes in a run's row. */
export interface SalvagedOrigin {
  readonly runId: string;
  readonly workflowId: string;
  readonly definitionHash: string;
  readonly inputs: string;
  readonly context: string;
  readonly createdAt: number;
  readonly parentRunId?: string;
  readonly parentCheckpointId?: string;
}

/** The sound beginning of a journal. `problem` says why it ends where it ends, when that is not the end. */
export interface SalvagedJournal {
  readonly entries: readonly JournalEntry[];
  /** The highest entry that anything in the database speaks of. */
  readonly lastSeen: number;
  readonly problem?: string;
}

type Place = StoredRow & { readonly rowid: number };

/** Row numbers tried one by one behind a damaged page: more than a page has rows. */
const NEAR = 2000;
/** Behind them in wider and wider steps, since an inner page that is gone hides many; beyond this there is nothing. */
const FAR = 2 ** 52;

/** A journal key is `run_number * KEYS_PER_RUN + seq`. */
const KEYS_PER_RUN = 100_000_000;

/**
 * A database with damage, read row by row: what SQLite cannot read is passed over. It works on a copy beside `scratch`, so
 * that the files themselves stay as they are, to the last byte.
 */
export class DamagedDatabase implements Disposable {
  /** What the log held that SQLite does not read. */
  readonly log: LogTail;
  readonly #folder: string;
  readonly #database: Database;
  /** Of each run, by its number: where each entry is, by its place. */
  readonly #events = new Map<number, Map<number, number>>();
  /** The numbers of the runs whose origin is proven. */
  readonly #numbers = new Map<string, number>();

  private constructor(path: string, folder: string) {
    this.#folder = folder;
    this.log = inspectLog(path);
    const copy = join(folder, "copy.db");
    copyFileSync(path, copy);
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
    if (isDamaged(this.log))
      writeFileSync(`${copy}-wal`, repairLog(readFileSync(`${copy}-wal`), pageBytesOf(copy)));
    this.#database = new Driver(copy);
    this.#database.pragma("cell_size_check = ON");
    this.#database.pragma("mmap_size = 0");
    // A damaged view must not keep the tables from being read. It is our own copy.
    this.#database.unsafeMode(true);
    this.#database.pragma("writable_schema = ON");
    this.#attempt(() => repairSchema(this.#database));
    for (const { rowid } of this.#locate("workflow_journal", [])) {
      const runNumber = Math.floor(rowid / KEYS_PER_RUN);
      if (runNumber === 0) continue;
      const ofRun = this.#events.get(runNumber) ?? new Map<number, number>();
      this.#events.set(runNumber, ofRun.set(rowid % KEYS_PER_RUN, rowid));
    }
  }

  /** `database_unusable` when the file is no database any more. */
  static open(path: string, scratch: string): DamagedDatabase {
    if (!existsSync(path))
      throw new WorkflowError("database_unusable", `There is no database ${path}.`, {
        remedy: "Say where it is with --db or AXW_DB.",
      });
    return guard(path, () => {
      const folder = mkdtempSync(join(dirname(resolve(scratch)), ".salvage-"));
      try {
        return new DamagedDatabase(path, folder);
      } catch (error) {
        rmSync(folder, { recursive: true, force: true });
        throw error;
      }
    });
  }

  [Symbol.dispose](): void {
    this.#database.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Tables of others in the same file, which nobody here can tell sound from damaged. */
  otherTables(): readonly string[] {
    return this.#attempt(() => otherTables(this.#database)) ?? [];
  }

  /**
   * Every run of which there is anything; without its origin where its row cannot be read or is not what was written. A journal
   * whose run has no row any more is called by its number.
   */
  runs(): ReadonlyMap<string, SalvagedOrigin | undefined> {
    const runs = new Map<string, SalvagedOrigin | undefined>();
    const orphans = new Set(this.#events.keys());
    for (const { rowid } of this.#locate("workflow_runs", ["run_id"])) {
      const origin = this.#attempt(() => toOrigin(this.#row("workflow_runs", rowid)));
      const runNumber = origin === undefined ? undefined : this.#numberOf(origin, rowid);
      if (origin === undefined || runNumber === undefined) {
        const runId = this.#attempt(() =>
          new RowReader("workflow_runs", "run_id", this.#row("workflow_runs", rowid)).text(
            "run_id",
          ),
        );
        if (runId !== undefined) runs.set(runId, undefined);
        orphans.delete(rowid);
        continue;
      }
      runs.set(origin.runId, origin);
      this.#numbers.set(origin.runId, runNumber);
      orphans.delete(runNumber);
    }
    for (const runNumber of orphans) runs.set(`number ${runNumber}`, undefined);
    return runs;
  }

  // A row that moved to another number is found by the journal that begins with it.
  #numberOf(origin: SalvagedOrigin, rowid: number): number | undefined {
    if (this.#isProven(origin, rowid)) return rowid;
    return [...this.#events.keys()].find((runNumber) => this.#isProvenByJournal(origin, runNumber));
  }

  /** As stored, undamaged or not: a definition can be made again from its source. */
  definitions(): { readonly definition: Partial<StoredDefinition>; readonly isSound: boolean }[] {
    return this.#locate("workflow_definitions", []).flatMap(({ rowid }) => {
      const row = this.#attempt(() => this.#row("workflow_definitions", rowid));
      if (row === undefined) return [];
      const {
        hash,
        workflow_id: workflowId,
        source,
        created_at: createdAt,
        row_hash: rowHash,
      } = row;
      const sound = this.#attempt(() =>
        toDefinition({ ...row, row_hash: Buffer.isBuffer(rowHash) ? rowHash.toString("hex") : "" }),
      );
      return [
        {
          definition:
            sound ?? ({ hash, workflowId, source, createdAt } as Partial<StoredDefinition>),
          isSound: sound !== undefined,
        },
      ];
    });
  }

  /** The entries of a run from the first, as far as each follows from the one before. */
  journal(origin: SalvagedOrigin): SalvagedJournal {
    const places =
      this.#events.get(this.#numbers.get(origin.runId) ?? 0) ?? new Map<number, number>();
    const lastSeen = Math.max(
      0,
      ...places.keys(),
      this.#attempt(() => this.#journalSeq(origin.runId)) ?? 0,
    );
    const entries: JournalEntry[] = [];
    let hash = originHash(origin);
    for (let seq = 1; seq <= lastSeen; seq += 1) {
      const rowid = places.get(seq);
      if (rowid === undefined) return { entries, lastSeen, problem: `entry ${seq} is missing` };
      const row = this.#attempt(() => this.#row("workflow_journal", rowid));
      const entry = row && this.#attempt(() => toEntry(row, origin.runId, seq));
      if (row === undefined || entry === undefined)
        return { entries, lastSeen, problem: `entry ${seq} cannot be read` };
      hash = chainHash(hash, entry);
      if (!isHash(row["hash"], hash))
        return { entries, lastSeen, problem: `entry ${seq} does not match its hash` };
      entries.push(entry);
    }
    return { entries, lastSeen };
  }

  /** Those of a run that can be read, whatever their hashes say, and the number of the others of all runs. */
  checkpoints(): {
    readonly checkpoints: readonly StoredCheckpoint[];
    readonly unreadable: number;
  } {
    const places = this.#locate("workflow_checkpoints", []);
    const checkpoints = places.flatMap(
      ({ rowid }) =>
        this.#attempt(() => toCheckpoint(this.#row("workflow_checkpoints", rowid))) ?? [],
    );
    return { checkpoints, unreadable: places.length - checkpoints.length };
  }

  /** The content kept under a hash, whatever it is; undefined when it cannot be read. */
  artifact(sha256: string): string | undefined {
    const found = this.#artifacts().get(sha256);
    const content =
      found === undefined
        ? undefined
        : this.#attempt(() => this.#row("workflow_artifacts", found)["content"]);
    return typeof content === "string" ? content : undefined;
  }

  #artifactPlaces: Map<string, number> | undefined;
  #artifacts(): ReadonlyMap<string, number> {
    this.#artifactPlaces ??= new Map(
      this.#locate("workflow_artifacts", ["sha256"]).map(({ rowid, sha256 }) => [
        String(sha256),
        rowid,
      ]),
    );
    return this.#artifactPlaces;
  }

  /** What agents wrote, in order; no hash covers it. */
  *logs(): Generator<LogChunk, void, undefined> {
    for (const { rowid } of this.#locate("workflow_step_logs", [])) {
      const chunk = this.#attempt(() => toChunk(this.#row("workflow_step_logs", rowid)));
      if (chunk !== undefined) yield chunk;
    }
  }

  // --- reading past what cannot be read

  /** The rows of a table by number, with the columns that name them: met on a walk through its pages, or found by number. */
  #locate(table: string, columns: readonly string[]): Place[] {
    // Named: where it is a column of its own, SQLite would give it that name. No index: it may be the one that was hit.
    const select = `SELECT ${["rowid AS rowid", ...columns].join(", ")} FROM ${table} NOT INDEXED`;
    const found = new Map<number, Place>();
    if (!this.#walk(`${select} ORDER BY rowid`, found)) {
      this.#walk(`${select} ORDER BY rowid DESC`, found);
      this.#search(select, found);
    }
    return [...found.values()].sort((a, b) => a.rowid - b.rowid);
  }

  // Rows in the order of the pages, up to the first that cannot be read. Whether all were met, each behind the one before.
  #walk(sql: string, found: Map<number, Place>): boolean {
    const isInOrder = this.#attempt(() => {
      let [last, isSorted] = [0, true];
      for (const place of this.#database.prepare<[], Place>(sql).iterate()) {
        isSorted &&= place.rowid > last;
        last = place.rowid;
        if (Number.isSafeInteger(last) && last > 0) found.set(last, place);
      }
      return isSorted;
    });
    return isInOrder ?? false;
  }

  // Rows one by one, by their number: what stands behind a page that cannot be read, on both walks.
  #search(select: string, found: Map<number, Place>): void {
    const [next, exact] = [">", "="].map((operator) =>
      this.#attempt(() =>
        this.#database.prepare<[number], Place>(
          `${select} WHERE rowid ${operator} ? ORDER BY rowid LIMIT 1`,
        ),
      ),
    );
    if (next === undefined || exact === undefined) return;
    const met = [...found.keys()].sort((a, b) => a - b);
    const behind = (rowid: number): Place | "none" | undefined =>
      this.#attempt(() => next.get(rowid) ?? "none");
    const at = (rowid: number): Place | undefined => this.#attempt(() => exact.get(rowid));
    for (let last: number | undefined = 0; last !== undefined; ) {
      const from: number = last;
      const place = behind(from);
      if (place === "none") return;
      if (place === undefined)
        last = nextReadable(
          from,
          (rowid) => at(rowid) !== undefined || behind(rowid) !== undefined,
        );
      // A number that was hit is not where a search expects it, and it would be found for ever.
      else last = place.rowid > from ? place.rowid : met.find((rowid) => rowid > from);
      const row = last === undefined ? undefined : at(last);
      if (row !== undefined) found.set(row.rowid, row);
    }
  }

  #row(table: string, rowid: number): StoredRow {
    return (
      this.#database
        .prepare<[number], StoredRow>(`SELECT * FROM ${table} WHERE rowid = ?`)
        .get(rowid) ?? {}
    );
  }

  #journalSeq(runId: string): number {
    return (
      this.#database
        .prepare<[string], number>(
          "SELECT journal_seq FROM workflow_runs NOT INDEXED WHERE run_id = ?",
        )
        .pluck()
        .get(runId) ?? 0
    );
  }

  // The journal proves the origin of its run, whatever became of the hash in the run's row.
  #isProven(origin: SalvagedOrigin, runNumber: number): boolean {
    if (this.#isProvenByJournal(origin, runNumber)) return true;
    const stored = this.#attempt(() =>
      this.#database
        .prepare<[string], unknown>(
          "SELECT origin_hash FROM workflow_runs NOT INDEXED WHERE run_id = ?",
        )
        .pluck()
        .get(origin.runId),
    );
    return isHash(stored, originHash(origin));
  }

  #isProvenByJournal(origin: SalvagedOrigin, runNumber: number): boolean {
    const first = this.#events.get(runNumber)?.get(1);
    const row =
      first === undefined ? undefined : this.#attempt(() => this.#row("workflow_journal", first));
    if (row === undefined) return false;
    const hash = this.#attempt(() => chainHash(originHash(origin), toEntry(row, origin.runId, 1)));
    return isHash(row["hash"], hash);
  }

  #attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      // A value of the wrong kind is as good as gone too.
      if (isUnreadable(error) || error instanceof WorkflowError || error instanceof TypeError)
        return undefined;
      throw error;
    }
  }
}

function pageBytesOf(path: string): number {
  const size = readFileSync(path).readUInt16BE(16);
  return size === 1 ? 65_536 : size;
}

// The first row number after `from` that has a row, or from which a search comes to its end.
function nextReadable(from: number, canRead: (rowid: number) => boolean): number | undefined {
  for (let step = 1; step <= NEAR; step += 1) if (canRead(from + step)) return from + step;
  for (let step = 2 * NEAR; step <= FAR; step *= 2) {
    if (!canRead(from + step)) continue;
    let [unreadable, readable] = [from + step / 2, from + step];
    while (readable - unreadable > 1) {
      const middle = Math.floor((unreadable + readable) / 2);
      if (canRead(middle)) readable = middle;
      else unreadable = middle;
    }
    return readable;
  }
  return undefined;
}

function originHash(o: SalvagedOrigin): string {
  return hashFields([
    o.runId,
    o.workflowId,
    o.definitionHash,
    o.inputs,
    o.context,
    o.createdAt,
    o.parentRunId,
    o.parentCheckpointId,
  ]);
}

function isHash(stored: unknown, hex: string | undefined): boolean {
  return Buffer.isBuffer(stored) && stored.toString("hex") === hex;
}

function toOrigin(found: StoredRow): SalvagedOrigin {
  const row = new RowReader("workflow_runs", "run_id", found);
  return {
    runId: row.text("run_id"),
    workflowId: row.text("workflow_id"),
    definitionHash: row.text("definition_hash"),
    inputs: row.text("inputs"),
    context: row.text("context"),
    createdAt: row.number("created_at"),
    ...row.optionalText("parentRunId", "parent_run_id"),
    ...row.optionalText("parentCheckpointId", "parent_checkpoint_id"),
  };
}

// Bytes with the text of a column are not that column: a hash alone would take them for it.
function toEntry(found: StoredRow, runId: string, seq: number): JournalEntry {
  const row = new RowReader("workflow_journal", "entry_id", found);
  return {
    runId,
    seq,
    type: row.text("type"),
    at: row.number("at"),
    ...row.optionalText("stepId", "step_id"),
    ...row.optionalNumber("attemptNumber", "attempt_number"),
    payload: row.text("payload"),
  };
}

function toCheckpoint(found: StoredRow): StoredCheckpoint {
  const row = new RowReader("workflow_checkpoints", "checkpoint_id", found);
  return {
    checkpointId: row.text("checkpoint_id"),
    runId: row.text("run_id"),
    seq: row.count("seq", 1),
    kind: row.oneOf("kind", ["automatic", "manual", "step"]),
    ...row.optionalText("name", "name"),
    createdAt: row.number("created_at"),
    ...row.optionalText("parentCheckpointId", "parent_checkpoint_id"),
    completedCount: row.count("completed_count", 0),
    payload: row.text("payload"),
    sha256: row.text("sha256"),
  };
}

function toChunk(found: StoredRow): LogChunk {
  const row = new RowReader("workflow_step_logs", "log_id", found);
  return {
    runId: row.text("run_id"),
    stepId: row.text("step_id"),
    attemptNumber: row.count("attempt_number", 1),
    stream: row.oneOf("stream", ["stdout", "stderr"]),
    at: row.number("at"),
    text: row.text("text"),
  };
}
