// `npm run bench`: measures what the engine costs, compared with what this machine's disk and Node
// can do.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readFlags } from "../../../scripts/read-flags.ts";
import { compareVersions } from "../src/against/compare-versions.ts";
import { BACKENDS, GROUPS, LOCAL, measureRows, rowsMatching, SHORT } from "../src/groups.ts";
import { replacePeers, WORDS, writePage } from "../src/page.ts";
import { comparePeers } from "../src/peers/compare.ts";
import type { Row } from "../src/row.ts";
import { TITLES } from "../src/titles.ts";

const USAGE = `npm run bench -- [--full] [--rows PATTERN] [--strict] [--ci]
npm run bench -- --backends [--rows PATTERN] [--strict]
npm run bench -- --peers
npm run bench -- --against REF [--full] [--rows PATTERN] [--pairs N]
  --full          also measures the rows that take minutes; without --rows and --against it also
                  measures the other engines and writes docs/benchmarks.md
  --backends      measures only PostgreSQL and Restate, each against the same work without an
                  engine; starts both servers
  --peers         measures only the other engines; writes their part of docs/benchmarks.md
  --rows PATTERN  measures only groups with a row whose id or title matches this regular expression
  --list          prints the groups, and the id and title of each row
  --strict        fails on a missed bar that is not a known miss
  --ci            fails only on a bar missed by more than machine noise explains
  --against REF   builds the commit REF in a temporary worktree and measures both versions
                  alternately with the same benchmarks; exits with 1 when a row is worse by
                  more than 5 %
  --pairs N       number of measurements of each row and version: 7 or more, default 9`;
const PAGE = new URL("../../../docs/benchmarks.md", import.meta.url);
const MIN_PAIRS = 7;

const flag = { type: "boolean", default: false } as const;
const flags = readFlags(USAGE, {
  full: flag,
  backends: flag,
  peers: flag,
  strict: flag,
  ci: flag,
  list: flag,
  rows: { type: "string" },
  against: { type: "string" },
  pairs: { type: "string", default: "9" },
});
const wanted = rowsMatching(readPattern(flags.rows ?? ""));
const groups = (flags.backends ? BACKENDS : flags.full ? LOCAL : SHORT).filter(({ rows }) =>
  rows.some((row) => wanted.has(row)),
);
/** Only a complete table is written to the page. */
const isWhole = flags.full && !flags.backends && flags.rows === undefined;

if (wanted.size === 0) refuse(`No row matches ${flags.rows}; --list prints the rows.`);
if (groups.length === 0) refuse(`The rows of ${flags.rows} take minutes; add --full.`);
if (flags.list) list();
else if (flags.against === undefined) await measure();
else await compareWith(flags.against);

function readPattern(text: string): RegExp {
  try {
    return new RegExp(text, "i");
  } catch {
    return refuse(`--rows must be a regular expression; ${text} is not.`);
  }
}

function list(): void {
  for (const { id, rows, isLong, isBackend } of GROUPS) {
    const option = isBackend === true ? "--backends" : isLong === true ? "--full" : undefined;
    console.log(option === undefined ? id : `${id} (with ${option})`);
    for (const row of rows) console.log(`  ${row.padEnd(24)} ${TITLES[row]}`);
  }
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}

async function compareWith(ref: string): Promise<void> {
  const pairs = Number(flags.pairs);
  if (!Number.isInteger(pairs) || pairs < MIN_PAIRS)
    refuse(`--pairs must be a whole number, ${MIN_PAIRS} or more; ${flags.pairs} is not.`);
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => interrupted.abort());
  try {
    const { lines, isWorse } = await compareVersions({
      ref,
      groups,
      isPrinted: (row) => wanted.has(row),
      pairs,
      signal: interrupted.signal,
      report: (line) => console.error(line),
    });
    for (const line of lines) console.log(line);
    process.exitCode = isWorse ? 1 : 0;
  } catch (error) {
    if (interrupted.signal.aborted) {
      console.error("Interrupted; the temporary worktree is removed.");
      process.exitCode = 130;
      return;
    }
    // Exit code 1 means that a row is worse.
    refuse(error instanceof Error ? error.message : String(error));
  }
}

async function measure(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "bench-"));
  try {
    const { rows, crowdings } = await measureGroups(folder);
    // Written before the other engines are measured, so that an interrupt keeps the rows.
    if (isWhole) writeFileSync(PAGE, writePage(rows, "Not measured yet.\n", crowdings));
    if (isWhole || flags.peers) await measurePeers(folder);
    conclude(rows);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureGroups(
  folder: string,
): Promise<{ rows: readonly Row[]; crowdings: readonly number[] }> {
  const crowdings: number[] = [];
  const rows = await measureRows(
    flags.peers ? [] : groups,
    folder,
    ({ rows: ended, seconds, crowding }) => {
      for (const { what, bar, measured, verdict } of ended)
        console.log(`${WORDS[verdict].padEnd(11)}  ${what}: ${measured}, bar ${bar}`);
      crowdings.push(crowding);
      console.log(
        `             ${seconds.toFixed(1)} s, on a processor shared by ${crowding.toFixed(1)}`,
      );
    },
  );
  return { rows, crowdings };
}

async function measurePeers(folder: string): Promise<void> {
  const startedAt = performance.now();
  const peers = await comparePeers(folder, (line) => console.log(line));
  writeFileSync(PAGE, replacePeers(readFileSync(PAGE, "utf8"), peers));
  console.log(`             ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

function conclude(rows: readonly Row[]): void {
  const missed = rows.filter(({ verdict }) => verdict !== "pass");
  const far = missed.filter(({ verdict }) => verdict === "far");
  for (const { what, reason } of missed) console.log(`${what}: ${reason}`);
  console.log(
    `${rows.length} rows measured, ${missed.length} fall short, ${far.length} of them far off`,
  );
  const failing = new Set([
    ...(flags.ci ? far : []),
    ...(flags.strict ? missed.filter(({ isKnown, verdict }) => !isKnown || verdict === "far") : []),
  ]);
  for (const { what } of failing) console.log(`fails: ${what}`);
  process.exitCode = failing.size > 0 ? 1 : 0;
}
