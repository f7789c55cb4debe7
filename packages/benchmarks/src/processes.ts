import path from "node:path";
import { fileURLToPath } from "node:url";
import { runEngineChild, runNode, script } from "./children.ts";
import { atMost, type Row, shorten } from "./row.ts";
import { median, timed } from "./statistics.ts";
import { chain, finish, openEngine } from "./workflows.ts";

const ROUNDS = 7;

// Little room for young objects, and no compiling beside the program.
const FRUGAL = ["--max-semi-space-size=1", "--v8-pool-size=0"];
const AXW = fileURLToPath(
  new URL("dist/bin.js", import.meta.resolve("@automatosx/cli/package.json")),
);

/** Whole processes, in turns with a Node that does nothing. */
export async function processRows(folder: string): Promise<Row[]> {
  const database = path.join(folder, "shown.db");
  let runId = "";
  {
    await using engine = await openEngine(folder, "shown", "full");
    runId = (await finish(engine, chain(20))).id;
  }
  const commands = {
    nothing: ["-e", "0"],
    version: [AXW, "--version"],
    show: [AXW, "show", runId, "--db", database],
    firstStep: [script("first-step-child.mjs"), "cached", folder],
    firstStepAlone: [script("first-step-child.mjs"), "alone", folder],
  };
  const times: Record<keyof typeof commands, number[]> = {
    nothing: [],
    version: [],
    show: [],
    firstStep: [],
    firstStepAlone: [],
  };
  // The command keeps its compiled code: after the first time it is there.
  for (const args of Object.values(commands)) runNode(...args);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of Object.keys(commands) as (keyof typeof commands)[])
      times[name].push(await timed(() => runNode(...commands[name])));
  }
  const bare = median(times.nothing);
  const against = (name: keyof typeof times): number =>
    median(times[name].map((ms, round) => ms / (times.nothing[round] ?? 0)));
  const details = (name: keyof typeof times) => ({
    unit: " × node -e 0",
    note: `${shorten(median(times[name]))} ms, node -e 0 ${shorten(bare)} ms`,
  });
  return [
    atMost("axw --version, whole process", against("version"), 1.8, {
      ...details("version"),
      reason: "Loading the ES modules of the command.",
    }),
    atMost("axw show RUN, whole process", against("show"), 3.5, {
      ...details("show"),
      reason:
        "Loading the command, the schemas and the database driver; the run itself is read in a few ms.",
    }),
    atMost("cold start to the first step entered, whole process", against("firstStep"), 4, {
      ...details("firstStep"),
      note: `${shorten(median(times.firstStep))} ms with \`module.enableCompileCache()\`, as \`axw\` has it, ${shorten(median(times.firstStepAlone))} ms without; node -e 0 ${shorten(bare)} ms`,
      known: true,
      slack: 3,
      reason:
        "By a profile most of it is Node finding, reading and compiling the modules of the engine, Zod and the driver; making the database takes about 10 ms.",
    }),
  ];
}

/** The most memory of a process that runs a chain of 1,000, next to one that does nothing. */
export function memoryRows(folder: string): Row[] {
  const nothing = Number(runNode("-p", "process.resourceUsage().maxRSS / 1024"));
  const peakMb = (...flags: readonly string[]): number =>
    median([1, 2, 3].map(() => runEngineChild("chain", folder, ...flags).peakMb));
  return [
    atMost("memory at its most, chain of 1,000, whole process", peakMb(), 100, {
      unit: " MB",
      note: `Node by itself ${shorten(nothing)} MB; with \`${FRUGAL.join(" ")}\` ${shorten(peakMb(...FRUGAL))} MB`,
      known: true,
      reason:
        "Half is Node's own. Most of the rest is V8's: room for young objects that it does not need, and what its compilers work with; asked to be frugal with both it stays below the bar.",
    }),
  ];
}
