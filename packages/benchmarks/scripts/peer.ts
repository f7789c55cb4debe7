// Runs one job on one engine in its own process: `peer.ts ENGINE DURABILITY JOB FOLDER`.
// Prints its figures as JSON.
import { appendFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PEERS } from "../src/peers/engines.ts";
import { CRASH_STEPS, JOBS, type Job, type JobName, type PeerName } from "../src/peers/jobs.ts";
import type { Peer, PeerDurability } from "../src/peers/peer.ts";
import { bytesOf, randomText } from "../src/rows/sizes.ts";

const CAP_MS = 10_000;

const [engine = "", durability = "", job = "", folder = ""] = process.argv.slice(2);
const file = path.join(folder, "peer.db");
let done = 0;
let startedAt = 0;

if (job === "start" || job === "resume") await crashPart(job);
else await measure(JOBS[job as JobName]);

async function measure({ run, resultBytes, steps }: Job): Promise<void> {
  const text = resultBytes === undefined ? () => "done" : () => randomText(resultBytes);
  await warmUp();
  const peer = await open(file, () => {
    done += 1;
    // Checked inside the step, because an engine that never yields to the event loop starves
    // timers. A job that measures bytes always runs to its end.
    const ms = performance.now() - startedAt;
    if (ms > CAP_MS && resultBytes === undefined) report({ ms, steps: done, isCapped: true });
    return text();
  });
  startedAt = performance.now();
  await run(peer);
  const ms = performance.now() - startedAt;
  if (done !== steps) throw new Error(`${done} steps ran, not ${steps}.`);
  const { synchronous } = peer;
  await peer.close();
  report({ ms, steps: done, isCapped: false, bytes: bytesOf(file, "", "-wal"), synchronous });
}

// Each step records its start on disk; the parent kills this process partway through.
async function crashPart(verb: "start" | "resume"): Promise<void> {
  let firstMs: number | undefined;
  const peer = await open(file, async () => {
    firstMs ??= performance.now() - startedAt;
    appendFileSync(path.join(folder, "launches"), ".");
    process.stdout.write(verb === "start" ? "." : "");
    await sleep(2);
    return "done";
  });
  startedAt = performance.now();
  await (verb === "start" ? peer.chain(CRASH_STEPS) : peer.resumeChain(CRASH_STEPS));
  if (verb === "resume") report({ firstMs });
}

// A warm-up, so that the comparison does not include compilation.
async function warmUp(): Promise<void> {
  for (const warm of [chainOf20, fanOf20]) {
    const peer = await open(path.join(folder, `${warm.name}.db`), () => "done");
    await warm(peer);
    await peer.close();
  }
}

function chainOf20(peer: Peer): Promise<void> {
  return peer.chain(20);
}

function fanOf20(peer: Peer): Promise<void> {
  return peer.fan(20);
}

function open(database: string, work: () => string | Promise<string>): Promise<Peer> {
  return PEERS[engine as PeerName]({
    file: database,
    durability: durability as PeerDurability,
    work,
  });
}

function report(figures: Record<string, unknown>): never {
  process.stdout.write(JSON.stringify(figures));
  process.exit(0);
}
