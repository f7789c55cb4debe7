import { spawn } from "node:child_process";
import { closeSync, cpSync, fsyncSync, mkdirSync, openSync, readdirSync } from "node:fs";
import path from "node:path";
import { runNode, script } from "../children.ts";
import { bareTransactionMs } from "../floor.ts";
import { atMost, type Row, shorten } from "../row.ts";
import { median, timed } from "../statistics.ts";

const ROUNDS = 5;

/**
 * Measures how a fresh process resumes a run whose process was killed with 10,000 steps completed.
 */
export async function resumeRows(folder: string): Promise<Row[]> {
  const original = path.join(folder, "resume");
  mkdirSync(original);
  const runId = await killMidway(path.join(original, "run.db"));
  const [bare, nothing]: [number[], number[]] = [[], []];
  const [whole, resumed]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const copy = path.join(folder, `resume-${round}`);
    cpSync(original, copy, { recursive: true });
    // The killed process's data was on disk. A copy that is not yet on disk would delay the first
    // commit.
    for (const name of readdirSync(copy)) sync(path.join(copy, name));
    bare.push(bareTransactionMs(folder, "full", 50));
    nothing.push(await timed(() => runNode("-e", "0")));
    const startedAt = performance.now();
    const answer = runNode(script("resume-child.mjs"), "resume", path.join(copy, "run.db"), runId);
    whole.push(performance.now() - startedAt);
    resumed.push(Number(answer));
  }
  return [
    atMost("resume", median(resumed), 150, {
      unit: " ms",
      note:
        `${shorten(median(resumed) / median(bare))} bare transactions; the whole process ` +
        `${shorten(median(whole))} ms, node -e 0 ${shorten(median(nothing))} ms`,
      reason:
        "By a profile two fifths are reading twenty thousand rows of the journal and checking " +
        "their hashes, a fifth the graph, which the reader builds and the machine checks, a " +
        "fifth the checkpoints, an eighth the definition; all in code that runs for the first " +
        "time. A sixth of it all is garbage collection.",
      known: true,
      slack: 10,
    }),
  ];
}

function sync(file: string): void {
  const descriptor = openSync(file, "r+");
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/**
 * Kills a process after 10,000 steps of its run have completed, with the next in flight. Returns
 * the run's id.
 */
function killMidway(database: string): Promise<string> {
  const child = spawn(process.execPath, [script("resume-child.mjs"), "start", database], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    if (text.endsWith("\n")) child.kill("SIGKILL");
  });
  return new Promise((resolve, reject) => {
    child.on("close", (_, signal) =>
      signal === "SIGKILL"
        ? resolve(text.trim())
        : reject(new Error("The process ended before it could be killed.")),
    );
  });
}
