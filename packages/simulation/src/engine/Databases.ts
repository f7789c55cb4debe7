import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStorage, type StoragePort } from "@automatosx/workflow";

/** A folder in memory, where the system has one: what is simulated need not reach a disk. */
const IN_MEMORY = "/dev/shm";

/** Seeds that share a file, one after the other. To open a database costs more than to run a small workflow in it. */
const SEEDS_PER_FILE = 200;

/**
 * Real SQLite files for simulated worlds. Every process gets a connection of its own that has not been used with
 * this seed's runs, so that nothing of a dead process is left in it; connections are used again by later seeds.
 */
export class Databases {
  readonly #folder = mkdtempSync(
    join(existsSync(IN_MEMORY) ? IN_MEMORY : tmpdir(), "axw-simulate-"),
  );
  readonly #known = new Set<number>();
  #connections: StoragePort[] = [];
  #files = 0;
  #taken = 0;

  /** Begins with a seed: a file in which no run of this seed has been yet. */
  begin(seed: number): void {
    if (this.#known.has(seed) || this.#known.size >= SEEDS_PER_FILE) this.retire();
    this.#known.add(seed);
    this.#taken = 0;
  }

  /** A connection that this seed has not had yet. */
  connect(): StoragePort {
    const connection = this.#connections[this.#taken] ?? this.#open();
    this.#taken += 1;
    return connection;
  }

  /** Uses the file no more: what a seed with a failure left in it is not to trouble the next one. */
  retire(): void {
    for (const connection of this.#connections) connection.close();
    this.#connections = [];
    rmSync(this.#path(), { force: true });
    this.#known.clear();
    this.#files += 1;
  }

  /** Takes everything away. */
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
    return join(this.#folder, `${this.#files}.db`);
  }
}
