import { killPrograms } from "@automatosx/workflow/programs";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { count, duration } from "../render/words.js";
import type { Worker } from "./Worker.js";
import type { WorkerLog } from "./WorkerLog.js";

/** npm forwards a Ctrl-C that the terminal has also sent: one press, in ms. */
const SAME_PRESS_MS = 50;

/**
 * Waits for a signal, then drains the worker. A second signal stops its agents, as a second Ctrl-C
 * does for `axw run`; a third one kills their programs and ends the process. What was in progress
 * is continued by other workers.
 */
export async function drainUnderSignals(
  io: CliIo,
  log: WorkerLog,
  worker: Worker,
  waitMs: number,
): Promise<ExitCode> {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<"stop">();
  let presses = 0;
  let pressedAt = Number.NEGATIVE_INFINITY;
  const press = (): void => {
    const now = performance.now();
    if (now - pressedAt < SAME_PRESS_MS) return;
    pressedAt = now;
    presses += 1;
    if (presses === 1) return first.resolve();
    if (presses === 2) return second.resolve("stop");
    killPrograms();
    log.line("worker_stopped", "stopped at once: other workers continue what was in progress");
    io.exitNow(ExitCode.interrupted);
  };
  const releases = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) =>
    io.onSignal(signal, press),
  );
  try {
    await first.promise;
    const { runCount, attemptCount } = log;
    const work = `${count(runCount, "run")} and ${count(attemptCount, "attempt")}`;
    log.line(
      "worker_draining",
      `draining: takes nothing more, and waits at most ${duration(waitMs)} for ${work}; ` +
        "a second signal stops their agents",
      { waitMs, runs: runCount, attempts: attemptCount },
    );
    const drained = worker.drain(waitMs);
    if ((await Promise.race([drained, second.promise])) !== "stop") {
      log.line("worker_stopped", "stopped", {});
      return ExitCode.ok;
    }
    log.line(
      "worker_stopping",
      "stopping the agents: other workers continue what was in progress; a third signal kills them",
    );
    // It is stopped instead.
    drained.catch(() => undefined);
    await worker.stop();
    log.line("worker_stopped", "stopped");
    return ExitCode.interrupted;
  } finally {
    for (const release of releases) release();
  }
}
