import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { WorkflowError } from "@automatosx/workflow";
import { salvageDatabase } from "@automatosx/workflow/salvage";
import Database from "better-sqlite3";
import { Random } from "../Random.ts";
import {
  checkReport,
  type Expectation,
  readExpectation,
  removeSalvaged,
  type SalvageFunction,
} from "./check-salvage.ts";
import { DAMAGE_KINDS, type DamagedFiles } from "./damage-kinds.ts";
import { commitEnds, type FileName } from "./flip-regions.ts";
import type { DatabaseFiles } from "./interrupted-files.ts";

export interface SalvagesRequest {
  readonly files: DatabaseFiles;
  readonly firstSeed: number;
  readonly salvageCount: number;
}

export interface SalvagesReport {
  readonly salvageCount: number;
  /** How many salvages reported a loss. */
  readonly lossCount: number;
  /** The runs that were reported wrongly, each with the seed and the place of the damage. */
  readonly failures: readonly string[];
}

const MAX_FAILURES = 40;

/**
 * Damages copies of the files in every way and salvages each. Each run must be kept as it was or be
 * reported with a loss.
 */
export function damageAndSalvage(
  { files, firstSeed, salvageCount }: SalvagesRequest,
  salvage: SalvageFunction = salvageDatabase,
): SalvagesReport {
  const folder = mkdtempSync(path.join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "salvage-"));
  try {
    const salvager = new Salvager(path.join(folder, "db"), files, salvage);
    return salvager.run(firstSeed, salvageCount);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Salvager {
  readonly #path: string;
  readonly #files: Readonly<Record<FileName, Buffer>>;
  readonly #salvage: SalvageFunction;
  readonly #expectation: Expectation;
  readonly #earlier = new Map<number, Expectation>();

  constructor(file: string, files: DatabaseFiles, salvage: SalvageFunction) {
    this.#path = file;
    this.#salvage = salvage;
    const written = { database: Buffer.from(files.database), log: Buffer.from(files.log) };
    const log = written.log.subarray(0, commitEnds(written.log).at(-1) ?? 0);
    this.#write({ database: written.database, log });
    const database = new Database(file);
    database.pragma("wal_checkpoint(TRUNCATE)");
    database.close();
    this.#files = { database: written.database, log, folded: readFileSync(file) };
    this.#write({ database: written.database, log });
    this.#expectation = readExpectation(file);
  }

  run(firstSeed: number, salvageCount: number): SalvagesReport {
    const failures: string[] = [];
    let lossCount = 0;
    const kinds = Object.entries(DAMAGE_KINDS);
    for (let seed = firstSeed; seed < firstSeed + salvageCount; seed += 1) {
      const [name, damage] = kinds[seed % kinds.length] ?? [];
      if (name === undefined || damage === undefined) continue;
      const damaged = damage(new Random(seed), this.#files);
      const earlier = this.#earlierState(damaged);
      this.#write(damaged);
      const { problems, hasLoss } = this.#check(earlier);
      if (hasLoss) lossCount += 1;
      for (const problem of problems)
        if (failures.length < MAX_FAILURES)
          failures.push(`seed ${seed}: ${name} ${damaged.where}: ${problem}`);
    }
    return { salvageCount, lossCount, failures };
  }

  #check(earlier: Expectation | undefined): { problems: readonly string[]; hasLoss: boolean } {
    try {
      const report = checkReport(this.#path, this.#expectation, earlier, this.#salvage);
      return { problems: report.problems, hasLoss: report.lossCount > 0 };
    } catch (error) {
      const problem = error instanceof WorkflowError ? error.message : (error as Error).stack;
      return { problems: [problem ?? String(error)], hasLoss: false };
    } finally {
      removeSalvaged(this.#path);
    }
  }

  #earlierState({ logLength }: DamagedFiles): Expectation | undefined {
    if (logLength === undefined) return undefined;
    const known = this.#earlier.get(logLength);
    if (known !== undefined) return known;
    this.#write({ database: this.#files.database, log: this.#files.log.subarray(0, logLength) });
    const state = readExpectation(this.#path);
    this.#earlier.set(logLength, state);
    return state;
  }

  #write({ database, log }: DatabaseFiles): void {
    rmSync(`${this.#path}-shm`, { force: true });
    writeFileSync(this.#path, database);
    writeFileSync(`${this.#path}-wal`, log);
  }
}
