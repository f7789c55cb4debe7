import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { count, duration } from "../render/words.js";
import type { Worker } from "./Worker.js";
import type { WorkerLog } from "./WorkerLog.js";

/** npm forwards a Ctrl-C that the terminal has also sent: one press, in ms. */
const SAME_PRESS_MS = 50;

/**
 * Waits for a signal, then drains the worker. A second signal ends the process at once; what was in
 * progress is then continued by other workers, as after a crash.
 */
export async function drainUnderSignals(
  io: CliIo,
  log: WorkerLog,
  worker: Worker,
  waitMs: number,
): Promise<ExitCode> {
  const first = Promise.withResolvers<void>();
  let pressedAt: number | undefined;
  const press = (): void => {
    const now = performance.now();
    if (pressedAt === undefined) {
      pressedAt = now;
      return first.resolve();
    }
    if (now - pressedAt < SAME_PRESS_MS) return;
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
        "a second signal stops it at once",
      { waitMs, runs: runCount, attempts: attemptCount },
    );
    await worker.drain(waitMs);
    log.line("worker_stopped", "stopped", {});
    return ExitCode.ok;
  } finally {
    for (const release of releases) release();
  }
}
