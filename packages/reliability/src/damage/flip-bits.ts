import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openSqliteStorage } from "@automatosx/workflow";
import Database from "better-sqlite3";
import { Random } from "../Random.ts";
import { type Answer, type Answers, askDatabase, resumeRun } from "./ask-database.ts";
import { checkRetention } from "./check-retention.ts";
import { checkSalvage, type Expectation, readExpectation } from "./check-salvage.ts";
import {
  commitEnds,
  type FileName,
  FRAME_HEADER,
  PAGE,
  type Region,
  regionGroups,
} from "./flip-regions.ts";
import type { DatabaseFiles } from "./interrupted-files.ts";

export interface FlipsRequest {
  readonly files: DatabaseFiles;
  readonly firstSeed: number;
  readonly flipCount: number;
  /**
   * After every nth flip, the killed run is resumed, the database is salvaged and retention is
   * applied.
   */
  readonly resumeEvery: number;
}

export interface FlipsReport {
  readonly flipCount: number;
  readonly resumedCount: number;
  /** The number of flips by their effect. */
  readonly counts: Readonly<Record<string, number>>;
  /** The number of refusals by error code. */
  readonly codes: Readonly<Record<string, number>>;
  /** Wrong answers and crashes, each with the position of its flip. */
  readonly failures: readonly string[];
}

type Place = { readonly file: FileName; readonly offset: number; readonly bit: number };

const FILE_TITLES = { database: "file", log: "log", folded: "file with its log folded in" };
const MAX_FAILURES = 40;
const STALE_FRAMES = 10;

/**
 * The message for a damaged journal must contain the run and the row, or else the last good entry.
 */
const PRECISE = new RegExp(
  "^Run [0-9a-f-]{36}: (its row is damaged|" +
    String.raw`the journal is damaged at entry \d+: .* The last good entry is \d+\.$|` +
    String.raw`journal entry \d+ )`,
  "s",
);

/**
 * Flips one bit at a time in a copy of the files and asks the questions that a user or an engine
 * would ask.
 */
export async function flipBits({
  files,
  firstSeed,
  flipCount,
  resumeEvery,
}: FlipsRequest): Promise<FlipsReport> {
  const folder = mkdtempSync(path.join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "damage-"));
  try {
    return await new Flipper(path.join(folder, "db"), files).run(firstSeed, flipCount, resumeEvery);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Flipper {
  readonly #path: string;
  readonly #files: Readonly<Record<FileName, Buffer>>;
  readonly #regionGroups: readonly (readonly Region[])[];
  readonly #runIds: readonly string[];
  readonly #killedRunId: string;
  readonly #expectation: Expectation;
  readonly #expected: Answers;
  /** The answers of the database without its last commit. */
  readonly #earlier: Answers;
  readonly #counts: Record<string, number> = {};
  readonly #codes: Record<string, number> = {};
  readonly #failures: string[] = [];

  constructor(file: string, files: DatabaseFiles) {
    this.#path = file;
    const commits = commitEnds(Buffer.from(files.log));
    // Past its end, the log contains frames from before it was restarted. A few of them are enough.
    const kept = (commits.at(-1) ?? 0) + STALE_FRAMES * (FRAME_HEADER + PAGE);
    const written = {
      database: Buffer.from(files.database),
      log: Buffer.from(files.log).subarray(0, kept),
    };
    this.#files = { ...written, folded: fold(file, written) };
    this.#regionGroups = regionGroups(this.#files, commits.at(-1) ?? 0, file);
    this.#write();
    const storage = openSqliteStorage({ path: file });
    const runs = storage.listRuns();
    this.#runIds = runs.map(({ runId }) => runId);
    this.#killedRunId = runs.find(({ status }) => status === "running")?.runId ?? "";
    storage.close();
    this.#write();
    this.#expectation = readExpectation(file);
    this.#write();
    this.#expected = askDatabase(file, this.#runIds);
    this.#write("log", commits.at(-2));
    this.#earlier = askDatabase(file, this.#runIds);
  }

  async run(firstSeed: number, flipCount: number, resumeEvery: number): Promise<FlipsReport> {
    this.#write();
    const ending = await resumeRun(this.#path, this.#killedRunId);
    let resumedCount = 0;
    for (let seed = firstSeed; seed < firstSeed + flipCount; seed += 1) {
      const isResumed = seed % resumeEvery === 0;
      await this.#flip(new Random(seed), seed, isResumed ? ending : undefined);
      if (isResumed) resumedCount += 1;
    }
    return {
      flipCount,
      resumedCount,
      counts: this.#counts,
      codes: this.#codes,
      failures: this.#failures,
    };
  }

  async #flip(random: Random, seed: number, ending: Answer | undefined): Promise<void> {
    const place = this.#choose(random);
    const bytes = this.#files[place.file];
    bytes[place.offset] = (bytes[place.offset] ?? 0) ^ (1 << place.bit);
    const where =
      `seed ${seed}: bit ${place.bit} of byte ${place.offset} ` +
      `of the ${FILE_TITLES[place.file]}`;
    try {
      this.#write(place.file);
      this.#judge(askDatabase(this.#path, this.#runIds), where);
      if (ending !== undefined) await this.#use(place.file, ending, where);
    } finally {
      bytes[place.offset] = (bytes[place.offset] ?? 0) ^ (1 << place.bit);
    }
  }

  /** Resumes the killed run, salvages the database and applies retention, each on a fresh copy. */
  async #use(file: FileName, ending: Answer, where: string): Promise<void> {
    this.#write(file);
    const resumed = await resumeRun(this.#path, this.#killedRunId);
    if ("crash" in resumed) this.#fail(`${where}: resume: ${resumed.crash}`);
    else if ("text" in resumed && !isSame(resumed, ending))
      this.#fail(`${where}: resume: a different outcome: ${difference(resumed, ending)}`);
    this.#write(file);
    for (const problem of await checkSalvage(
      this.#path,
      this.#expectation,
      this.#killedRunId,
      ending,
    ))
      this.#fail(`${where}: salvage: ${problem}`);
    this.#write(file);
    for (const problem of await checkRetention(this.#path, this.#killedRunId, ending))
      this.#fail(`${where}: retention: ${problem}`);
  }

  #choose(random: Random): Place {
    const group = this.#regionGroups[random.below(this.#regionGroups.length)] ?? [];
    const region = group[random.below(group.length)];
    if (region === undefined)
      throw new Error("the group does not contain a region in which to flip a bit");
    return {
      file: region.file,
      offset: region.from + random.below(region.to - region.from),
      bit: random.below(8),
    };
  }

  #write(damaged: FileName = "database", logLength?: number): void {
    const { database, log, folded } = this.#files;
    if (damaged === "folded") writeFiles(this.#path, { database: folded, log: Buffer.alloc(0) });
    else writeFiles(this.#path, { database, log: log.subarray(0, logLength) });
  }

  #judge(answers: Answers, where: string): void {
    let effect = "right";
    for (const [question, answer] of answers) {
      if ("text" in answer) {
        const expected = this.#expected.get(question);
        if (isSame(answer, expected)) continue;
        if (effect !== "reported") effect = "unfinished";
        if (!isSame(answer, this.#earlier.get(question)))
          this.#fail(`${where}: wrong ${question}: ${difference(answer, expected)}`);
      } else if ("crash" in answer) {
        this.#fail(`${where}: ${question}: ${answer.crash}`);
      } else {
        effect = "reported";
        this.#codes[answer.code] = (this.#codes[answer.code] ?? 0) + 1;
        const isPrecise = answer.code !== "journal_damaged" || PRECISE.test(answer.refusal);
        if (!isPrecise)
          this.#fail(
            `${where}: ${question}: the message does not say where the damage is: ` +
              answer.refusal,
          );
      }
    }
    this.#counts[effect] = (this.#counts[effect] ?? 0) + 1;
  }

  #fail(failure: string): void {
    if (this.#failures.length < MAX_FAILURES) this.#failures.push(failure);
    this.#counts["failures"] = (this.#counts["failures"] ?? 0) + 1;
  }
}

function writeFiles(file: string, { database, log }: DatabaseFiles): void {
  rmSync(`${file}-shm`, { force: true });
  writeFileSync(file, database);
  writeFileSync(`${file}-wal`, log);
}

function fold(file: string, files: DatabaseFiles): Buffer {
  writeFiles(file, files);
  const database = new Database(file);
  database.pragma("wal_checkpoint(TRUNCATE)");
  database.close();
  return readFileSync(file);
}

function isSame(answer: Answer, expected: Answer | undefined): boolean {
  return (
    expected !== undefined &&
    "text" in answer &&
    "text" in expected &&
    answer.text === expected.text
  );
}

function difference(answer: { text: string }, expected: Answer | undefined): string {
  const right = expected !== undefined && "text" in expected ? expected.text : "";
  let at = 0;
  while (answer.text[at] === right[at] && at < answer.text.length) at += 1;
  const near = (text: string): string => text.slice(Math.max(0, at - 40), at + 40);
  return `…${near(answer.text)}… instead of …${near(right)}…`;
}
