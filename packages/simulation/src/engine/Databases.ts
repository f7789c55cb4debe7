import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStorage, type StoragePort } from "@automatosx/workflow";

/** A folder in memory, if the system has one: simulated data does not need to reach a disk. */
const IN_MEMORY = "/dev/shm";

/** Seeds that share a file. Opening a database costs more than running a small workflow in it. */
const SEEDS_PER_FILE = 200;

/**
 * Real SQLite files for simulated worlds. Each process gets a connection that this seed has not
 * used before, so the connection has no state from a dead process. Later seeds reuse the
 * connections.
 */
export class Databases {
  readonly #folder = mkdtempSync(
    join(existsSync(IN_MEMORY) ? IN_MEMORY : tmpdir(), "axw-simulate-"),
  );
  readonly #seeds = new Set<number>();
  #connections: StoragePort[] = [];
  #fileCount = 0;
  #takenCount = 0;

  /** Begins a seed, in a file that does not contain runs of this seed. */
  begin(seed: number): void {
    if (this.#seeds.has(seed) || this.#seeds.size >= SEEDS_PER_FILE) this.retire();
    this.#seeds.add(seed);
    this.#takenCount = 0;
  }

  /** A connection that this seed has not used yet. */
  connect(): StoragePort {
    const connection = this.#connections[this.#takenCount] ?? this.#open();
    this.#takenCount += 1;
    return connection;
  }

  /** Abandons the file, so that what a failed seed left in it does not affect the next one. */
  retire(): void {
    for (const connection of this.#connections) connection.close();
    this.#connections = [];
    rmSync(this.#path(), { force: true });
    this.#seeds.clear();
    this.#fileCount += 1;
  }

  /** Closes all connections and deletes all files. */
  close(): void {
    this.retire();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #open(): StoragePort {
    const connection = openSqliteStorage({ path: this.#path(), durability: "process" });
    this.#connections.push(connection);
    return connection;
  }

  #path(): string {
    return join(this.#folder, `${this.#fileCount}.db`);
  }
}
