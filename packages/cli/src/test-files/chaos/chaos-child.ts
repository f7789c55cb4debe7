import { messageOf } from "@automatosx/workflow/errors";
import type { Job, JobMessage } from "./job.js";
import { playJob } from "./play-job.js";

/* The process that plays jobs of `axw test --chaos`, one after the other, until it is killed. */

const send = (message: JobMessage): void => void process.send?.(message);

process.on("message", (job: Job) => {
  playJob(job).then(
    (report) => send({ kind: "report", report }),
    (error: unknown) => send({ kind: "error", message: messageOf(error) }),
  );
});
// Ctrl-C also reaches this process; the one that started it decides.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
process.on("disconnect", () => process.exit());
send({ kind: "ready" });
