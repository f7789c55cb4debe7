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
import { guard } from "./database-error.js";
import { resolveDatabasePath } from "./database-path.js";
import { chainHash } from "./hash-chain.js";
import { inspectLog, isDamaged, type LogTail, repairLog } from "./inspect-log.js";
import type { Database } from "./open-database.js";
import { RowLocator } from "./RowLocator.js";
import { RowReader } from "./RowReader.js";
import { toDefinition } from "./run-row.js";
import {
  isHash,
  originHash,
  type SalvagedOrigin,
  toCheckpoint,
  toEntry,
  toLogChunk,
  toOrigin,
} from "./salvaged-rows.js";

/** The intact beginning of a journal. */
export interface SalvagedJournal {
  readonly entries: readonly JournalEntry[];
  /** The highest sequence number that appears anywhere in the database. */
  readonly lastSeen: number;
  /** Why the entries stop before `lastSeen`, as a clause. */
  readonly problem?: string;
}

/** A journal key is `run_number * KEYS_PER_RUN + seq`. */
const KEYS_PER_RUN = 100_000_000;

/**
 * Reads a damaged database row by row and skips rows that SQLite cannot read. It works on a copy in
 * a temporary folder next to `scratch`, so that the files themselves do not change.
 */
export class DamagedDatabase implements Disposable {
  /** The content of the log after the end that SQLite sees. */
  readonly log: LogTail;
  readonly #folder: string;
  readonly #database: Database;
  readonly #locator: RowLocator;
  /** The rowid of each journal entry, by run number and sequence number. */
  readonly #events = new Map<number, Map<number, number>>();
  /** The numbers of the runs whose origin a hash confirms, by id. */
  readonly #numbers = new Map<string, number>();
  #artifactPlaces: Map<string, number> | undefined;

  private constructor(path: string, folder: string) {
    this.#folder = folder;
    this.log = inspectLog(path);
    this.#database = openCopy(path, folder, this.log);
    this.#locator = new RowLocator(this.#database);
    this.#locator.attempt(() => repairSchema(this.#database));
    for (const { rowid } of this.#locator.locate("workflow_journal", [])) {
      const runNumber = Math.floor(rowid / KEYS_PER_RUN);
      if (runNumber === 0) continue;
      const ofRun = this.#events.get(runNumber) ?? new Map<number, number>();
      this.#events.set(runNumber, ofRun.set(rowid % KEYS_PER_RUN, rowid));
    }
  }

  /**
   * Opens a copy of the database. Throws `database_unusable` if the file is no longer a database.
   */
  static open(given: string, scratch: string): DamagedDatabase {
    const path = resolveDatabasePath(given);
    if (!existsSync(path))
      throw new WorkflowError("database_unusable", `The database ${path} does not exist.`, {
        remedy: "Check the path.",
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

  /**
   * The tables of other packages in the file. Only those packages can distinguish intact rows from
   * damaged ones.
   */
  otherTables(): readonly string[] {
    return this.#locator.attempt(() => otherTables(this.#database)) ?? [];
  }

  /**
   * Every run with a readable row or journal, by id. The origin is undefined if the row is
   * unreadable or no hash confirms it. A journal without a row is listed as `number N`.
   */
  runs(): ReadonlyMap<string, SalvagedOrigin | undefined> {
    const runs = new Map<string, SalvagedOrigin | undefined>();
    const orphans = new Set(this.#events.keys());
    for (const { rowid } of this.#locator.locate("workflow_runs", ["run_id"])) {
      const origin = this.#read(rowid, "workflow_runs", toOrigin);
      const runNumber = origin === undefined ? undefined : this.#numberOf(origin, rowid);
      if (origin === undefined || runNumber === undefined) {
        const runId = this.#read(rowid, "workflow_runs", (row) =>
          new RowReader("workflow_runs", "run_id", row).text("run_id"),
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

  // If the run number in the row is damaged, the journal that starts from this origin has the
  // correct number.
  #numberOf(origin: SalvagedOrigin, rowid: number): number | undefined {
    if (this.#isProven(origin, rowid)) return rowid;
    return [...this.#events.keys()].find((runNumber) => this.#isProvenByJournal(origin, runNumber));
  }

  /** All definitions as stored, intact or not: a definition can be recreated from its source. */
  definitions(): { readonly definition: Partial<StoredDefinition>; readonly isSound: boolean }[] {
    return this.#locator.locate("workflow_definitions", []).flatMap(({ rowid }) => {
      const row = this.#read(rowid, "workflow_definitions", (found) => found);
      if (row === undefined) return [];
      const rowHash = row["row_hash"];
      const sound = this.#locator.attempt(() =>
        toDefinition({ ...row, row_hash: Buffer.isBuffer(rowHash) ? rowHash.toString("hex") : "" }),
      );
      const { hash, workflow_id: workflowId, source, created_at: createdAt } = row;
      const readable = { hash, workflowId, source, createdAt } as Partial<StoredDefinition>;
      return [{ definition: sound ?? readable, isSound: sound !== undefined }];
    });
  }

  /**
   * The entries of a run from the first, up to the last one whose hash follows from the previous
   * entry.
   */
  journal(origin: SalvagedOrigin): SalvagedJournal {
    const places =
      this.#events.get(this.#numbers.get(origin.runId) ?? 0) ?? new Map<number, number>();
    const lastSeen = Math.max(
      0,
      ...places.keys(),
      this.#locator.attempt(() => this.#journalSeq(origin.runId)) ?? 0,
    );
    const entries: JournalEntry[] = [];
    let hash = originHash(origin);
    for (let seq = 1; seq <= lastSeen; seq += 1) {
      const rowid = places.get(seq);
      if (rowid === undefined) return { entries, lastSeen, problem: `entry ${seq} is missing` };
      const row = this.#read(rowid, "workflow_journal", (found) => found);
      const entry = row && this.#locator.attempt(() => toEntry(row, origin.runId, seq));
      if (row === undefined || entry === undefined)
        return { entries, lastSeen, problem: `entry ${seq} cannot be read` };
      hash = chainHash(hash, entry);
      if (!isHash(row["hash"], hash))
        return { entries, lastSeen, problem: `entry ${seq} does not match its hash` };
      entries.push(entry);
    }
    return { entries, lastSeen };
  }

  /**
   * The readable checkpoints of all runs, not checked against their hashes, and the number of
   * unreadable ones.
   */
  checkpoints(): {
    readonly checkpoints: readonly StoredCheckpoint[];
    readonly unreadable: number;
  } {
    const places = this.#locator.locate("workflow_checkpoints", []);
    const checkpoints = places.flatMap(
      ({ rowid }) => this.#read(rowid, "workflow_checkpoints", toCheckpoint) ?? [],
    );
    return { checkpoints, unreadable: places.length - checkpoints.length };
  }

  /** The content stored under a hash, not checked against it; undefined if it cannot be read. */
  artifact(sha256: string): string | undefined {
    this.#artifactPlaces ??= this.#locateArtifacts();
    const rowid = this.#artifactPlaces.get(sha256);
    if (rowid === undefined) return undefined;
    const content = this.#read(rowid, "workflow_artifacts", (row) => row["content"]);
    return typeof content === "string" ? content : undefined;
  }

  #locateArtifacts(): Map<string, number> {
    const places = this.#locator.locate("workflow_artifacts", ["sha256"]);
    return new Map(places.map(({ rowid, sha256 }) => [String(sha256), rowid]));
  }

  /** The output of agents, in order. No hash covers it. */
  *logs(): Generator<LogChunk, void, undefined> {
    for (const { rowid } of this.#locator.locate("workflow_step_logs", [])) {
      const chunk = this.#read(rowid, "workflow_step_logs", toLogChunk);
      if (chunk !== undefined) yield chunk;
    }
  }

  // Undefined if the row cannot be read, or `to` refuses it.
  #read<T>(
    rowid: number,
    table: string,
    to: (row: ReturnType<RowLocator["row"]>) => T,
  ): T | undefined {
    return this.#locator.attempt(() => to(this.#locator.row(table, rowid)));
  }

  #journalSeq(runId: string): number {
    const select = "SELECT journal_seq FROM workflow_runs NOT INDEXED WHERE run_id = ?";
    return this.#database.prepare<[string], number>(select).pluck().get(runId) ?? 0;
  }

  // The journal confirms the origin of its run even if the hash in the run's row is damaged.
  #isProven(origin: SalvagedOrigin, runNumber: number): boolean {
    if (this.#isProvenByJournal(origin, runNumber)) return true;
    const select = "SELECT origin_hash FROM workflow_runs NOT INDEXED WHERE run_id = ?";
    const stored = this.#locator.attempt(() =>
      this.#database.prepare<[string], unknown>(select).pluck().get(origin.runId),
    );
    return isHash(stored, originHash(origin));
  }

  #isProvenByJournal(origin: SalvagedOrigin, runNumber: number): boolean {
    const first = this.#events.get(runNumber)?.get(1);
    const row =
      first === undefined ? undefined : this.#read(first, "workflow_journal", (found) => found);
    if (row === undefined) return false;
    const hash = this.#locator.attempt(() =>
      chainHash(originHash(origin), toEntry(row, origin.runId, 1)),
    );
    return isHash(row["hash"], hash);
  }
}

function openCopy(path: string, folder: string, log: LogTail): Database {
  const copy = join(folder, "copy.db");
  copyFileSync(path, copy);
  if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
  if (isDamaged(log))
    writeFileSync(`${copy}-wal`, repairLog(readFileSync(`${copy}-wal`), pageBytesOf(copy)));
  const database = new Driver(copy);
  database.pragma("cell_size_check = ON");
  database.pragma("mmap_size = 0");
  // Makes the schema writable so that it can be repaired: a damaged view would prevent SQLite from
  // reading the tables.
  database.unsafeMode(true);
  database.pragma("writable_schema = ON");
  return database;
}

// The header of the file stores 65,536, which does not fit its two bytes, as 1.
function pageBytesOf(path: string): number {
  const size = readFileSync(path).readUInt16BE(16);
  return size === 1 ? 65_536 : size;
}
