import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openSqliteStorage } from "@automatosx/workflow";
import Database from "better-sqlite3";
import { Random } from "../random.ts";
import { clearAway } from "./clear-away.ts";
import type { Files } from "./half-run.ts";
import { type Answer, type Answers, look, resume } from "./look.ts";
import { type Journals, readJournals, rescue } from "./rescue.ts";

export interface FlipsRequest {
  readonly files: Files;
  readonly firstSeed: number;
  readonly flipCount: number;
  /** Every so many flips the killed run is also resumed to its end, what is sound taken out, and what is over removed. */
  readonly resumeEvery: number;
}

export interface FlipsReport {
  readonly flipCount: number;
  readonly resumedCount: number;
  /** By what became of a flip. */
  readonly counts: Readonly<Record<string, number>>;
  /** By the code of the refusals. */
  readonly codes: Readonly<Record<string, number>>;
  /** Wrong answers and crashes, each with the place of its flip. */
  readonly failures: readonly string[];
}

/** `folded` is the file once its log was folded in: what is hit there is not found whole in the log. */
type FileName = "database" | "log" | "folded";
type Place = { readonly file: FileName; readonly offset: number; readonly bit: number };

const NAMES = { database: "file", log: "log", folded: "file with its log folded in" };
const MOST_FAILURES = 40;
const STALE_FRAMES = 10;

/** The run, and the row; in a journal the last good one too. */
const PRECISE =
  /^Run [0-9a-f-]{36}: (its row is damaged|the journal is damaged at entry \d+: .* The last good entry is \d+\.$|journal entry \d+ )/s;

/** Flips one bit at a time in a copy of the files, and asks everything that a user or an engine would ask. */
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
  readonly #regions: readonly (readonly Region[])[];
  readonly #runIds: readonly string[];
  readonly #killed: string;
  readonly #journals: Journals;
  readonly #right: Answers;
  readonly #beforeLast: Answers;
  readonly #counts: Record<string, number> = {};
  readonly #codes: Record<string, number> = {};
  readonly #failures: string[] = [];

  constructor(file: string, files: Files) {
    this.#path = file;
    const log = commitsOf(Buffer.from(files.log));
    // Behind its end the log has what is left of its earlier use: some of it will do.
    const kept = (log.at(-1) ?? 0) + STALE_FRAMES * (FRAME_HEADER + PAGE);
    const written = {
      database: Buffer.from(files.database),
      log: Buffer.from(files.log).subarray(0, kept),
    };
    this.#files = { ...written, folded: fold(file, written) };
    const others = regionsOf(this.#files, log.at(-1) ?? 0);
    this.#regions = [
      ...others.map((region) => [region]),
      ...Array<Region[]>(INDEX_WEIGHT).fill(indexes(file)),
    ];
    this.#write();
    const storage = openSqliteStorage({ path: file });
    const runs = storage.listRuns();
    this.#runIds = runs.map(({ runId }) => runId);
    this.#killed = runs.find(({ status }) => status === "running")?.runId ?? "";
    storage.close();
    this.#write();
    this.#journals = readJournals(file);
    this.#write();
    this.#right = look(file, this.#runIds);
    this.#write("log", log.at(-2));
    this.#beforeLast = look(file, this.#runIds);
  }

  async run(firstSeed: number, flipCount: number, resumeEvery: number): Promise<FlipsReport> {
    this.#write();
    const ending = await resume(this.#path, this.#killed);
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
    const where = `seed ${seed}: bit ${place.bit} of byte ${place.offset} of the ${NAMES[place.file]}`;
    try {
      this.#write(place.file);
      this.#judge(look(this.#path, this.#runIds), where);
      if (ending === undefined) return;
      this.#write(place.file);
      const resumed = await resume(this.#path, this.#killed);
      if ("crash" in resumed) this.#fail(`${where}: resumed: ${resumed.crash}`);
      else if ("says" in resumed && !same(resumed, ending))
        this.#fail(`${where}: resumed to another end: ${difference(resumed, ending)}`);
      this.#write(place.file);
      for (const problem of await rescue(this.#path, this.#journals, this.#killed, ending))
        this.#fail(`${where}: salvaged: ${problem}`);
      this.#write(place.file);
      for (const problem of await clearAway(this.#path, this.#killed, ending))
        this.#fail(`${where}: cleared away: ${problem}`);
    } finally {
      bytes[place.offset] = (bytes[place.offset] ?? 0) ^ (1 << place.bit);
    }
  }

  #choose(random: Random): Place {
    const regions = this.#regions[random.below(this.#regions.length)] ?? [];
    const region = regions[random.below(regions.length)];
    if (region === undefined) throw new Error("there is nothing to flip");
    return {
      file: region.file,
      offset: region.from + random.below(region.to - region.from),
      bit: random.below(8),
    };
  }

  #write(hit: FileName = "database", logLength?: number): void {
    const { database, log, folded } = this.#files;
    if (hit === "folded") writeFiles(this.#path, { database: folded, log: Buffer.alloc(0) });
    else writeFiles(this.#path, { database, log: log.subarray(0, logLength) });
  }

  #judge(answers: Answers, where: string): void {
    let verdict = "right";
    for (const [question, answer] of answers) {
      if ("says" in answer) {
        if (same(answer, this.#right.get(question))) continue;
        if (verdict !== "reported") verdict = "unfinished";
        if (!same(answer, this.#beforeLast.get(question)))
          this.#fail(
            `${where}: wrong ${question}: ${difference(answer, this.#right.get(question))}`,
          );
      } else if ("crash" in answer) {
        this.#fail(`${where}: ${question}: ${answer.crash}`);
      } else {
        verdict = "reported";
        this.#codes[answer.code] = (this.#codes[answer.code] ?? 0) + 1;
        const isPrecise = answer.code !== "journal_damaged" || PRECISE.test(answer.refusal);
        if (!isPrecise)
          this.#fail(
            `${where}: ${question}: the message does not name the place: ${answer.refusal}`,
          );
      }
    }
    this.#counts[verdict] = (this.#counts[verdict] ?? 0) + 1;
  }

  #fail(failure: string): void {
    if (this.#failures.length < MOST_FAILURES) this.#failures.push(failure);
    this.#counts["failures"] = (this.#counts["failures"] ?? 0) + 1;
  }
}

function writeFiles(file: string, { database, log }: Files): void {
  rmSync(`${file}-shm`, { force: true });
  writeFileSync(file, database);
  writeFileSync(`${file}-wal`, log);
}

function fold(file: string, files: Files): Buffer {
  writeFiles(file, files);
  const database = new Database(file);
  database.pragma("wal_checkpoint(TRUNCATE)");
  database.close();
  return readFileSync(file);
}

function same(answer: Answer, expected: Answer | undefined): boolean {
  return (
    expected !== undefined &&
    "says" in answer &&
    "says" in expected &&
    answer.says === expected.says
  );
}

function difference(answer: { says: string }, expected: Answer | undefined): string {
  const right = expected !== undefined && "says" in expected ? expected.says : "";
  let at = 0;
  while (answer.says[at] === right[at] && at < answer.says.length) at += 1;
  const near = (text: string): string => text.slice(Math.max(0, at - 40), at + 40);
  return `…${near(answer.says)}… where …${near(right)}… is right`;
}

// --- where to flip

interface Region {
  readonly file: FileName;
  readonly from: number;
  readonly to: number;
}

const HEADER = 32;
const FRAME_HEADER = 24;
const PAGE = 4096;
/** Of a page of an index that has no pages below it, as SQLite's file format has it. */
const INDEX_HEAD = { length: 8, countAt: 3, entriesAt: 5 };
/** All indexes together are hit as often as this many other places. */
const INDEX_WEIGHT = 6;

/** The ends of the transactions in a log, in bytes. */
function commitsOf(log: Buffer): number[] {
  const ends: number[] = [];
  const salts = log.subarray(16, 24);
  for (let at = HEADER; at + FRAME_HEADER + PAGE <= log.length; at += FRAME_HEADER + PAGE) {
    if (!log.subarray(at + 8, at + 16).equals(salts)) break;
    if (log.readUInt32BE(at + 4) > 0) ends.push(at + FRAME_HEADER + PAGE);
  }
  return ends;
}

// Chosen in turn with the same weight: the results alone are most of the bytes, and would be hit most of the time.
function regionsOf({ database, log }: Files, logEnd: number): Region[] {
  const whole: Region = { file: "database", from: 0, to: database.length };
  const valid: Region = { file: "log", from: 0, to: logEnd };
  const schema: Region = { file: "database", from: 0, to: 40 * PAGE };
  const artifact = database.indexOf("all of bits ".repeat(20));
  const result: Region = { file: "database", from: artifact, to: artifact + 4000 };
  const rows = runRows(database);
  return [whole, valid, valid, schema, result, ...rows, { file: "log", from: 0, to: log.length }];
}

// What rows are found by: no hash covers it. The file is folded.
function indexes(file: string): Region[] {
  const database = new Database(file, { readonly: true });
  try {
    const roots = database.prepare(
      "SELECT rootpage FROM sqlite_schema WHERE type = 'index' AND tbl_name LIKE 'workflow!_%' ESCAPE '!'",
    );
    const bytes = readFileSync(file);
    return (roots.pluck().all() as number[])
      .flatMap((root) => {
        const from = (root - 1) * PAGE;
        const entries = bytes.readUInt16BE(from + INDEX_HEAD.entriesAt);
        // The head of the page with the places of its entries, and the entries.
        return [
          {
            file: "folded",
            from,
            to: from + INDEX_HEAD.length + 2 * bytes.readUInt16BE(from + INDEX_HEAD.countAt),
          },
          { file: "folded", from: from + entries, to: from + PAGE },
        ] as const;
      })
      .filter(({ from, to }) => from < to);
  } finally {
    database.close();
  }
}

// Pages that hold runs, checkpoints and journal rows: found by what is written in them.
function runRows(database: Buffer): Region[] {
  const pages: Region[] = [];
  for (let from = 0; from < database.length; from += PAGE) {
    const page = database.subarray(from, from + PAGE);
    if (
      ["the signature was refused", "step_completed", '{"format":1'].some((text) =>
        page.includes(text),
      )
    )
      pages.push({ file: "database", from, to: from + PAGE });
  }
  return pages.slice(0, 8);
}
