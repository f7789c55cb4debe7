// A worker that the tests kill, freeze and cut off. Its agent notes in a file what it does, and
// works for as long as the step's `with` says. Run by Node from the built package.
import { appendFileSync } from "node:fs";
import { performRunStep, reclaimAfter } from "@automatosx/workflow/programs";
import { openAttemptQueue } from "../../dist/index.js";

const [url = "", notes = "", slots = "1", maxConcurrent] = process.argv.slice(2);
const note = (what: string, key: string): void =>
  appendFileSync(notes, `${JSON.stringify({ what, key, pid: process.pid, at: Date.now() })}\n`);

const queue = await openAttemptQueue({ url });
const worker = await queue.serve({
  agents: {
    "@run": {
      execute: (request) => {
        note("start", request.idempotencyKey);
        return performRunStep(request);
      },
      reclaim: reclaimAfter(1000),
    },
    worker: ({ idempotencyKey: key, with: given, signal }) => {
      note("start", key);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => {
            note("end", key);
            resolve(process.pid);
          },
          Number(given?.["ms"] ?? 0),
        );
        signal.addEventListener("abort", () => {
          clearTimeout(timer);
          note("stop", key);
          reject(signal.reason as Error);
        });
      });
    },
  },
  slots: Number(slots),
  ...(maxConcurrent !== undefined && { maxConcurrent: { worker: Number(maxConcurrent) } }),
});
process.stdout.write("ready\n");
process.on("SIGTERM", () => void worker.drain(60_000).then(() => queue.close()));
