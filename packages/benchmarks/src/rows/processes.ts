import { writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runEngineChild, runNode, script, untilKilled } from "../children.ts";
import { atMost, type Row, shorten } from "../row.ts";
import { median, timed } from "../statistics.ts";
import type { RowId } from "../titles.ts";
import { asYaml, chain, finish, openEngine } from "../workflows.ts";

const ROUNDS = 7;

// A small space for young objects, and no compiler threads.
const FRUGAL = ["--max-semi-space-size=1", "--v8-pool-size=0"];
const AXW = fileURLToPath(
  new URL("dist/bin.js", import.meta.resolve("@automatosx/cli/package.json")),
);

/** Measures whole processes, alternating with a Node process that does nothing. */
export async function processRows(folder: string): Promise<Row[]> {
  const shown = await showCommand(folder);
  const firstStep = script("first-step-child.mjs");
  const run1000 = runCommand(folder);
  const actions = {
    nothing: () => runNode("-e", "0"),
    version: () => runNode(AXW, "--version"),
    show: () => runNode(...shown),
    run1000: () => untilKilled(...run1000),
    coldStart: () => runNode(firstStep, "cached", folder),
    coldStartUncached: () => runNode(firstStep, "uncached", folder),
  };
  type Name = keyof typeof actions;
  const names = Object.keys(actions) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    number[]
  >;
  // The command caches its compiled code; the first run writes the cache.
  for (const name of names) actions[name]();
  for (let round = 0; round < ROUNDS; round += 1)
    for (const name of names) times[name].push(await timed(actions[name]));

  const bare = `node -e 0 ${shorten(median(times.nothing))} ms`;
  const row = (
    id: RowId,
    name: Name,
    limit: number,
    details: { reason: string; note?: string; known?: true; slack?: number },
  ): Row => {
    const ratio = median(times[name].map((ms, round) => ms / (times.nothing[round] ?? 0)));
    const note = details.note === undefined ? "" : ` ${details.note}`;
    return atMost(id, ratio, limit, {
      ...details,
      unit: " × node -e 0",
      note: `${shorten(median(times[name]))} ms${note}, ${bare}`,
    });
  };
  return [
    row("version", "version", 1.8, {
      reason: "Loading the ES modules of the command.",
    }),
    row("show", "show", 3.5, {
      reason:
        "Loading the command, the schemas and the database driver; reading the run takes a few ms.",
    }),
    row("run-1000", "run1000", 12, {
      known: true,
      reason:
        "By a profile most of it is the YAML reader and Zod, in code that runs for the first " +
        "time; a fifth is garbage collection.",
      slack: 4,
    }),
    row("cold-start", "coldStart", 4, {
      note:
        "with `module.enableCompileCache()`, as `axw` has it, " +
        `${shorten(median(times.coldStartUncached))} ms without`,
      known: true,
      slack: 3,
      reason:
        "By a profile most of it is Node finding, reading and compiling the modules of the " +
        "engine, Zod and the driver; making the database takes about 10 ms.",
    }),
  ];
}

async function showCommand(folder: string): Promise<string[]> {
  await using engine = await openEngine(folder, "shown", "full");
  const { id } = await finish(engine, chain(20));
  return [AXW, "show", id, "--db", path.join(folder, "shown.db")];
}

// The first agent program kills its parent process, which is the command.
function runCommand(folder: string): string[] {
  const file = path.join(folder, "thousand.yaml");
  const agents = 'agents:\n  none: { command: ["sh", "-c", "kill -KILL $PPID"] }\n';
  writeFileSync(file, `${asYaml(chain(1000))}${agents}`);
  return [AXW, "run", file, "--db", path.join(folder, "thousand.db")];
}

/**
 * Measures the peak memory of a process that runs a chain of 1,000 steps, and of one that does
 * nothing.
 */
export function memoryRows(folder: string): Row[] {
  const nothing = Number(runNode("-p", "process.resourceUsage().maxRSS / 1024"));
  const peakMb = (...flags: readonly string[]): number =>
    median([1, 2, 3].map(() => runEngineChild("chain", folder, ...flags).peakMb));
  return [
    atMost("memory", peakMb(), 100, {
      unit: " MB",
      note:
        `Node by itself ${shorten(nothing)} MB; ` +
        `with \`${FRUGAL.join(" ")}\` ${shorten(peakMb(...FRUGAL))} MB`,
      known: true,
      reason:
        "Half is Node's own. Most of the rest is V8's: room for young objects that it does not " +
        "need, and the memory of its compilers; told to be frugal with both, it stays below the " +
        "bar.",
    }),
  ];
}
