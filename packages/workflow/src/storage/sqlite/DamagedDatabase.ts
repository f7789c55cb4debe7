import { existsSync } from "node:fs";
import { WorkflowError } from "../../errors.js";
import type { StoredRow } from "../RowReader.js";
import { toDefinition } from "../run-row.js";
import type { AgentProcess, LogChunk, StoredCheckpoint, StoredDefinition } from "../StoragePort.js";
import {
  countUnknownPages,
  damageOf,
  mayHideCheckpoints,
  mayHideEntries,
} from "./damaged/describe-damage.js";
import { attempt, collectRuns, type ExpectedRun } from "./damaged/expected-runs.js";
import { JournalKeys, keysAfter, type SalvagedJournal } from "./damaged/JournalKeys.js";
import { type ListedRows, listRows } from "./damaged/listed-rows.js";
import { PageStore } from "./damaged/PageStore.js";
import { type RowPlace, RowScan } from "./damaged/RowScan.js";
import { guard } from "./database-error.js";
import { resolveDatabasePath } from "./database-path.js";
import { fileIdentity } from "./file-identity.js";
import { OWN_LEDGER, ownMigrations } from "./migrate.js";
import { type SalvagedOrigin, toAgentProcess, toCheckpoint, toLogChunk } from "./salvaged-rows.js";

export type { ExpectedRun } from "./damaged/expected-runs.js";
export type { SalvagedJournal } from "./damaged/JournalKeys.js";

/** The transactions of a log. */
export interface LogTransactions {
  /** How many transactions the log contains, whether SQLite can read them or not. */
  readonly transactionCount: number;
  /** How many of them contain a page that does not match its checksum. */
  readonly damagedCount: number;
}

/**
 * Reads a damaged database page by page, without SQLite, which stops at the first damaged page. It
 * works on a copy, so that the files themselves do not change.
 */
export class DamagedDatabase implements Disposable {
  readonly log: LogTransactions;
  /** What cannot be read, as noun phrases with a reason. */
  readonly damage: readonly string[];
  readonly #path: string;
  readonly #store: PageStore;
  readonly #scan: RowScan;
  readonly #journals: JournalKeys;
  #processes: ReadonlyMap<string, readonly AgentProcess[]> | undefined;
  #openCommands: ReadonlyMap<unknown, ReadonlySet<number>> | undefined;
  #listed: ListedRows | undefined;
  #artifactPlaces: Map<string, RowPlace[]> | undefined;

  private constructor(path: string, store: PageStore) {
    this.#path = path;
    this.#store = store;
    this.#scan = new RowScan(this.#store);
    this.#journals = new JournalKeys(this.#scan);
    const { transactionCount, damagedCount } = this.#store.log;
    this.log = { transactionCount, damagedCount };
    this.damage = damageOf(this.#store, this.#scan);
  }

  /**
   * Copies the database into an empty folder and opens the copy. Throws `database_unusable` if the
   * file cannot be read or is not a database, and `database_newer`.
   */
  static open(given: string, folder: string): DamagedDatabase {
    const path = resolveDatabasePath(given);
    if (!existsSync(path))
      throw new WorkflowError("database_unusable", `The database ${path} does not exist.`, {
        remedy: "Check the path.",
      });
    const store = guard(path, () => PageStore.open(path, folder));
    try {
      const damaged = new DamagedDatabase(path, store);
      damaged.#assertDatabase(path);
      damaged.#assertKnown(path);
      return damaged;
    } catch (error) {
      store[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#store[Symbol.dispose]();
  }

  /**
   * The tables of other packages in the file. Only those packages can distinguish intact rows from
   * damaged ones.
   */
  otherTables(): readonly string[] {
    return this.#scan.otherTables;
  }

  /**
   * Every run that anything in the database mentions. A run that only replaced versions of pages
   * mention was removed, unless the newest versions are damaged.
   */
  runs(): readonly ExpectedRun[] {
    const runs = collectRuns(this.#scan, this.#journals);
    return this.#isIntact() ? runs.filter(({ isOld }) => !isOld) : runs;
  }

  /**
   * Whether the rows of runs on the newest pages are up to date: at most one lost page may be a
   * newer version of a known one, and each commit writes at least two. A page that does not match
   * its checksum may have another number than its header says.
   */
  areRowsCurrent(): boolean {
    const unprovenCount = this.#store.log.committed.filter(
      ({ pageNumber, isSound }) => pageNumber !== undefined && !isSound,
    ).length;
    return countUnknownPages(this.#scan) + unprovenCount < 2;
  }

  /** All definitions as stored, intact or not: a definition can be recreated from its source. */
  definitions(): { readonly definition: Partial<StoredDefinition>; readonly isSound: boolean }[] {
    const rows = [...this.#scan.places("workflow_definitions").values()];
    return rows
      .filter((places) => !this.#isRemoved(places))
      .flatMap<ReturnType<DamagedDatabase["definitions"]>[number]>((places) => {
        const rows = places
          .map((place) => this.#row("workflow_definitions", place))
          .filter((row) => row !== undefined);
        for (const row of rows) {
          const rowHash = row["row_hash"];
          const hash = Buffer.isBuffer(rowHash) ? rowHash.toString("hex") : "";
          const definition = attempt(() => toDefinition({ ...row, row_hash: hash }));
          if (definition !== undefined) return [{ definition, isSound: true }];
        }
        return rows.map(({ hash, workflow_id, source, definition, created_at }) => ({
          definition: {
            hash,
            workflowId: workflow_id,
            source,
            definition,
            createdAt: created_at,
          } as Partial<StoredDefinition>,
          isSound: false,
        }));
      });
  }

  /** The journal of a run, up to the last entry whose hash follows from the previous one. */
  journal(runNumber: number, origin: SalvagedOrigin): SalvagedJournal {
    return this.#journals.journal(runNumber, origin);
  }

  /** The highest sequence number of a run that appears anywhere. */
  lastSeen({ runNumber, lastMentioned }: ExpectedRun): number {
    const inJournal =
      runNumber === undefined ? 0 : this.#journals.lastSeq(runNumber, !this.#isIntact());
    return Math.max(lastMentioned, inJournal);
  }

  /** How many entries of a run are in the journal, whether they can be read or not. */
  countEntries({ runNumber }: ExpectedRun): number {
    return runNumber === undefined ? 0 : this.#journals.count(runNumber);
  }

  /** The highest sequence number in a transaction that was never committed; 0 if there is none. */
  lastUnfinished({ runNumber }: ExpectedRun): number {
    return runNumber === undefined ? 0 : this.#journals.lastUnfinished(runNumber);
  }

  /** Whether the log ends with pages of a transaction that was not committed. */
  hasUnfinished(): boolean {
    return this.#store.unfinished.length > 0;
  }

  /** Returns whether a page that cannot be read may contain entries of a run after this one. */
  mayHideEntriesAfter(runNumber: number, seq: number): boolean {
    return mayHideEntries(this.#scan, keysAfter(runNumber, seq));
  }

  /**
   * The readable versions of the checkpoints of all runs, not checked against their hashes.
   */
  checkpoints(): readonly (readonly StoredCheckpoint[])[] {
    return [...this.#scan.places("workflow_checkpoints").values()]
      .filter((places) => !this.#isRemoved(places))
      .map((places) => places.flatMap((place) => this.#read(place, toCheckpoint) ?? []));
  }

  /**
   * Where an index lists checkpoints of a run, as sequence numbers. One that has no row is lost.
   */
  listedCheckpoints(runId: string): readonly number[] {
    this.#listed ??= listRows(this.#scan);
    return this.#listed.checkpoints.get(runId) ?? [];
  }

  /**
   * Returns whether checkpoints of any run may be lost that no index lists, because a page of the
   * index is lost too.
   */
  mayHideCheckpoints(): boolean {
    return mayHideCheckpoints(this.#scan);
  }

  /** How many chunks of output of the agents of a run an index lists. */
  countListedLogs(runId: string): number {
    this.#listed ??= listRows(this.#scan);
    return this.#listed.logs.get(runId) ?? 0;
  }

  /** The readable versions of the content stored under a hash, not checked against it. */
  *artifacts(sha256: string): Generator<string, void, undefined> {
    this.#artifactPlaces ??= this.#locateArtifacts();
    for (const place of this.#artifactPlaces.get(sha256) ?? []) {
      const content = this.#row("workflow_artifacts", place)?.["content"];
      if (typeof content === "string") yield content;
    }
  }

  /** The output of agents, in order; undefined for a row that cannot be read. No hash covers it. */
  *logs(): Generator<LogChunk | undefined, void, undefined> {
    const rows = [...this.#scan.places("workflow_step_logs")].sort(([a], [b]) => a - b);
    for (const [, places] of rows) {
      if (this.#isRemoved(places)) continue;
      const chunk = this.#firstLog(places);
      if (chunk !== undefined || places.some(({ image }) => !image.isOld)) yield chunk;
    }
  }

  #firstLog(places: readonly RowPlace[]): LogChunk | undefined {
    for (const place of places) {
      const row = this.#row("workflow_step_logs", place);
      const chunk = row && attempt(() => toLogChunk(row));
      if (chunk !== undefined) return chunk;
    }
    return undefined;
  }

  /** The process groups in which agents of a run may still work. */
  processes(runId: string): readonly AgentProcess[] {
    this.#processes ??= Map.groupBy(this.#readProcesses(), (one) => one.runId);
    return this.#processes.get(runId) ?? [];
  }

  /**
   * The identity that the processes of this database refer to; undefined if the file is a copy of
   * the one that was recorded, because they then belong to the original.
   */
  identity(): string | undefined {
    const [place] = this.#scan.places("workflow_database").get(1) ?? [];
    const row = place && this.#row("workflow_database", place);
    const file = fileIdentity(this.#path);
    const isOriginal = row?.["device"] === file?.device && row?.["inode"] === file?.inode;
    const { database_id: databaseId } = row ?? {};
    return isOriginal && typeof databaseId === "string" ? databaseId : undefined;
  }

  /** How many commands to a run have no answer yet, whether they can be read or not. */
  countOpenCommands(runId: string): number {
    this.#openCommands ??= this.#readOpenCommands();
    return this.#openCommands.get(runId)?.size ?? 0;
  }

  *#readProcesses(): Generator<AgentProcess, void, undefined> {
    for (const { name, values } of this.#scan.entries()) {
      if (name !== "workflow_agent_processes") continue;
      const process = attempt(() => toAgentProcess(values));
      if (process !== undefined) yield process;
    }
  }

  #readOpenCommands(): Map<unknown, Set<number>> {
    const open = new Map<unknown, Set<number>>();
    const add = (runId: unknown, rowid: number): unknown =>
      open.set(runId, (open.get(runId) ?? new Set()).add(rowid));
    const rows = this.#scan.places("workflow_commands");
    const answered = new Set<number>();
    for (const [rowid, [place]] of rows) {
      const row = place && !place.image.isOld && this.#row("workflow_commands", place);
      if (!row) continue;
      if (row["answered_at"] === null) add(row["run_id"], rowid);
      else answered.add(rowid);
    }
    for (const { name, values } of this.#scan.entries())
      if (name === "workflow_commands_open" && !answered.has(Number(values["rowid"])))
        add(values["run_id"], Number(values["rowid"]));
    return open;
  }

  // Any file can be searched for rows. One without a header and without rows is not a database.
  #assertDatabase(path: string): void {
    const isEmpty = ["workflow_runs", "workflow_journal", "workflow_definitions"].every(
      (table) => this.#scan.places(table).size === 0,
    );
    if (this.#store.isDatabase || !isEmpty) return;
    throw new WorkflowError("database_unusable", `${path} is damaged or is not a database.`, {
      remedy: "Check the path: the file contains neither a database header nor any row of a run.",
    });
  }

  // The rows of a newer version may have more columns. A damaged number does not match the name.
  #assertKnown(path: string): void {
    const newest = ownMigrations().at(-1)?.number ?? 0;
    for (const [number, [place]] of this.#scan.places("workflow_migrations")) {
      const name = String(place && this.#row("workflow_migrations", place)?.["name"]);
      if (number <= newest || !/^\d{3}_\w+\.sql$/.test(name) || Number(name.slice(0, 3)) !== number)
        continue;
      throw new WorkflowError(
        "database_newer",
        `The database ${path} was written by a newer version: migration ${number} is unknown.`,
        { remedy: `Upgrade ${OWN_LEDGER.owner}, then salvage the database.` },
      );
    }
  }

  // Whether every page can be read. Old versions then only show what was removed.
  #isIntact(): boolean {
    const { damagedCount } = this.#store.log;
    const { damaged, unclaimedCount } = this.#scan;
    return damaged.length === 0 && unclaimedCount === 0 && damagedCount === 0;
  }

  #isRemoved(places: readonly RowPlace[]): boolean {
    return this.#isIntact() && places.every(({ image }) => image.isOld);
  }

  #locateArtifacts(): Map<string, RowPlace[]> {
    const places = new Map<string, RowPlace[]>();
    for (const versions of this.#scan.places("workflow_artifacts").values())
      for (const place of versions) {
        const sha256 = String(this.#scan.peek("workflow_artifacts", place, "sha256"));
        const found = places.get(sha256) ?? [];
        found.push(place);
        places.set(sha256, found);
      }
    return places;
  }

  #row(table: string, place: RowPlace): StoredRow | undefined {
    return this.#scan.read(table, place);
  }

  #read<T>(place: RowPlace, to: (row: StoredRow) => T): T | undefined {
    const row = this.#row("workflow_checkpoints", place);
    return row && attempt(() => to(row));
  }
}
