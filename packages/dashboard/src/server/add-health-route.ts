import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { isOrphaned, isQuarantined, type StoredRun } from "@automatosx/workflow/observe";
import { count, shortId } from "@automatosx/workflow/run-view";
import type { Hono } from "hono";
import type { Health } from "../api/house.schema.js";
import { answer } from "./answer.js";
import type { Reading } from "./Reading.js";
import type { OpenRun } from "./RecentRuns.js";
import { ownerOf } from "./RunRows.js";

/** How many runs with problems are named. */
const MAX_PROBLEMS = 100;

/** Less free space than this is worth a warning, in bytes: a run writes logs and a journal. */
const LEAST_FREE = 512 * 1024 * 1024;

type Check = Health["checks"][number];
type Problem = Health["problems"][number];

/** Adds the route that says what is wrong with the database and its runs. */
export function addHealthRoute(app: Hono, reading: Reading): void {
  answer(app, "health", () => readHealth(reading));
}

async function readHealth(reading: Reading): Promise<Health> {
  const { storage, options, recent, tallies } = reading;
  const open = recent.open();
  const problems = open.flatMap((each) => problemOf(reading, each));
  const owners = ownersOf(open, reading.now());
  return {
    now: reading.now(),
    version: options.version,
    database: { path: shownPath(reading), ...storage.size() },
    runs: tallies.of({}).counts,
    owners: [...owners],
    problems: problems.slice(0, MAX_PROBLEMS),
    checks: [
      ...(await spaceCheck(reading)),
      journalCheck(reading, open),
      ownerCheck(reading, owners),
    ],
  };
}

function shownPath({ storage, options }: Reading): string {
  const { databasePath = "" } = storage;
  const inside = `${options.folder}/`;
  return databasePath.startsWith(inside) ? databasePath.slice(inside.length) : databasePath;
}

function problemOf(reading: Reading, { run, read }: OpenRun): readonly Problem[] {
  const typed = (...words: readonly string[]): string => reading.options.control.typed(words);
  const about = (says: Problem["says"]): readonly Problem[] => [
    { says, runId: run.runId, row: reading.rows.row(run) },
  ];
  const id = shortId(run.runId);
  if (run.damage !== undefined || (read !== undefined && "damage" in read))
    return about({
      tone: "fail",
      head: "damaged",
      text: run.damage ?? (read !== undefined && "damage" in read ? read.damage : ""),
      command: typed("doctor", "--verify"),
    });
  if (isQuarantined(run))
    return about({
      tone: "fail",
      head: "quarantined",
      text: `${count(run.failedRecoveries, "failed recovery", "failed recoveries")}: ${
        run.recoveryError ?? "its engine died each time"
      }`,
      command: typed("resume", id),
    });
  if (!isOrphaned(run, reading.now())) return [];
  return about({
    tone: "wait",
    head: "no process works on it",
    text: ownerText(run),
    command: typed("resume", id),
  });
}

function ownerText({ owner }: StoredRun): string {
  return owner === undefined ? "" : `process ${owner.pid} on ${owner.host} had it last`;
}

function ownersOf(open: readonly OpenRun[], now: number): Health["owners"] {
  const owners = open.flatMap(({ run }) => ownerOf(run, now) ?? []);
  const groups = Map.groupBy(owners, ({ pid, host, state }) => `${host} ${pid} ${state}`);
  return [...groups.values()].flatMap(([first, ...more]) =>
    first === undefined
      ? []
      : [{ pid: first.pid, host: first.host, state: first.state, runs: 1 + more.length }],
  );
}

/** Whether there is room for what runs write; no check if the file system does not say. */
async function spaceCheck({ storage, options }: Reading): Promise<readonly Check[]> {
  const { databasePath } = storage;
  if (databasePath === undefined) return [];
  try {
    const { bavail, bsize } = await statfs(dirname(databasePath));
    const free = bavail * bsize;
    return [
      {
        name: "Disk",
        isOk: free >= LEAST_FREE,
        text: `${(free / 1024 ** 3).toFixed(1)} GB are free.`,
        command: options.control.typed(["gc", "--keep", "100", "--dry-run"]),
      },
    ];
  } catch {
    return [];
  }
}

/** Only the journals that were read are known to be whole: a command verifies all of them. */
function journalCheck({ options }: Reading, open: readonly OpenRun[]): Check {
  const damaged = open.filter(
    ({ run, read }) => run.damage !== undefined || (read !== undefined && "damage" in read),
  ).length;
  return {
    name: "Journals",
    isOk: damaged === 0,
    text:
      damaged === 0
        ? "No damage was seen in the runs that were read here."
        : `${count(damaged, "run is", "runs are")} damaged.`,
    command: options.control.typed(["doctor", "--verify"]),
  };
}

function ownerCheck({ options }: Reading, owners: Health["owners"]): Check {
  const lost = owners.filter(({ state }) => state === "gone" || state === "expired");
  const runs = lost.reduce((sum, each) => sum + each.runs, 0);
  return {
    name: "Processes",
    isOk: runs === 0,
    text:
      runs === 0
        ? "Every process that owns a run is alive."
        : `${count(runs, "run belongs", "runs belong")} to processes that are gone.`,
    command: options.control.typed(["list", "--status", "orphaned"]),
  };
}
