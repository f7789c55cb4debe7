import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { runNode, script } from "../children.ts";
import { shorten } from "../row.ts";
import { median } from "../statistics.ts";
import { CRASH_STEPS, JOBS, type JobName, type PeerName } from "./jobs.ts";
import type { PeerDurability } from "./peer.ts";

const ROUNDS = 3;

/** A job that has taken this long, as on a busy machine, is not run again. In ms. */
const ENOUGH_MS = 30_000;

/** The number of steps started when the process is killed. */
const KILL_AT = CRASH_STEPS / 2;

interface Column {
  readonly engine: PeerName;
  readonly durability: PeerDurability;
  readonly title: string;
  readonly synchronous: 1 | 2;
}

const COLUMNS: readonly Column[] = [
  { engine: "axw", durability: "default", title: "ours, default (FULL)", synchronous: 2 },
  { engine: "langgraph", durability: "full", title: "LangGraph.js, `sync`, FULL", synchronous: 2 },
  {
    engine: "openworkflow",
    durability: "default",
    title: "openworkflow, default (FULL)",
    synchronous: 2,
  },
  { engine: "axw", durability: "process", title: "ours, `process` (NORMAL)", synchronous: 1 },
  {
    engine: "langgraph",
    durability: "default",
    title: "LangGraph.js, default (`async`, NORMAL)",
    synchronous: 1,
  },
  { engine: "openworkflow", durability: "process", title: "openworkflow, NORMAL", synchronous: 1 },
];

const NOTES = [
  "- Each figure is the median of up to three processes, warmed up with twenty steps; the " +
    "engines take turns. After ten seconds a process reports how far it got.",
  "- LangGraph.js: `SqliteSaver`; a chain is a graph with one node for each step and keeps only " +
    "its last value, a fan-out is a map with `Send`, and `recursionLimit` is raised to the " +
    "length. Each checkpoint lists every node that has run, so a chain of many nodes costs its " +
    "square.",
  "- openworkflow: `BackendSqlite` on node:sqlite, FULL by default; one worker. It allows 1,000 " +
    "steps a run, hence 998. It resumes a dead worker's run when its lease of 30 s has expired.",
  "- Ours stores every step's result, with a hash chain over the journal and automatic " +
    "checkpoints. The step that ran twice is the one that was in flight.",
];

interface Figures {
  readonly ms: number;
  readonly steps: number;
  readonly isCapped: boolean;
  readonly bytes?: number;
  readonly synchronous?: number;
}

/**
 * Runs the same work on every engine alternately, each time in a fresh process. Returns a table
 * with notes.
 */
export async function comparePeers(folder: string, say: (line: string) => void): Promise<string> {
  const rows: string[][] = [
    ["what", ...COLUMNS.map(({ title }) => title)],
    ["---", ...COLUMNS.map(() => "---")],
  ];
  const add = (what: string, values: readonly string[]): void => {
    rows.push([what, ...values]);
    say(`             ${what}`);
    values.forEach((value, index) => {
      if (value !== "") say(`             ${(COLUMNS[index]?.title ?? "").padEnd(42)}${value}`);
    });
  };
  for (const name of Object.keys(JOBS) as JobName[]) {
    const figures = measureInTurns(name, folder);
    if (name === "bytes") add("bytes on disk, 1,000 results of 1 KB", figures.map(inBytes));
    else add(JOBS[name].what, figures.map(inSteps));
  }
  const crashes: Crash[] = [];
  for (const column of COLUMNS) crashes.push(await crashAndResume(column, folder));
  const killed = `chain of ${CRASH_STEPS}, killed in step ${KILL_AT}, resumed`;
  add(
    `${killed}: steps run twice`,
    crashes.map(({ again }) => String(again)),
  );
  add(
    `${killed}: to the next step`,
    crashes.map(({ firstMs }) => `${shorten(firstMs)} ms`),
  );
  const table = rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
  return `${table}\n\n${NOTES.join("\n")}\n`;
}

function measureInTurns(name: JobName, within: string): Figures[][] {
  const figures: Figures[][] = COLUMNS.map(() => []);
  const startedAt = performance.now();
  for (let round = 0; round < ROUNDS && performance.now() - startedAt < ENOUGH_MS; round += 1) {
    for (const [index, { engine, durability, title, synchronous }] of COLUMNS.entries()) {
      // An engine that did not finish in time will not finish in the next round either.
      if (figures[index]?.[0]?.isCapped || (JOBS[name].only ?? engine) !== engine) continue;
      const folder = mkdtempSync(path.join(within, "peer-"));
      const measured = JSON.parse(
        runNode(script("peer.ts"), engine, durability, name, folder),
      ) as Figures;
      if ((measured.synchronous ?? synchronous) !== synchronous)
        throw new Error(`"${title}" ran at another \`synchronous\` level.`);
      figures[index]?.push(measured);
      rmSync(folder, { recursive: true });
    }
  }
  return figures;
}

function inSteps(rounds: readonly Figures[]): string {
  const [first] = rounds;
  if (first === undefined) return "";
  if (first.isCapped) return `${first.steps} steps begun in ${shorten(first.ms / 1000)} s`;
  const ms = median(rounds.map((each) => each.ms));
  return `${shorten((first.steps * 1000) / ms)} steps/s`;
}

function inBytes(rounds: readonly Figures[]): string {
  const [first] = rounds;
  return first?.bytes === undefined
    ? `not done: ${inSteps(rounds)}`
    : `${shorten(first.bytes / 1e6)} MB`;
}

interface Crash {
  /** The number of steps that started more than once, including the one in flight. */
  readonly again: number;
  readonly firstMs: number;
}

async function crashAndResume({ engine, durability }: Column, within: string): Promise<Crash> {
  const folder = mkdtempSync(path.join(within, "peer-"));
  const child = spawn(process.execPath, [script("peer.ts"), engine, durability, "start", folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let begun = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    begun += chunk.length;
    if (begun >= KILL_AT) child.kill("SIGKILL");
  });
  const signal = await new Promise((resolve) =>
    child.on("close", (_, endedBy) => resolve(endedBy)),
  );
  if (signal !== "SIGKILL") throw new Error(`${engine} ended before it was killed.`);
  const { firstMs } = JSON.parse(
    runNode(script("peer.ts"), engine, durability, "resume", folder),
  ) as { firstMs: number };
  const { size } = statSync(path.join(folder, "launches"));
  rmSync(folder, { recursive: true });
  return { again: size - CRASH_STEPS, firstMs };
}
