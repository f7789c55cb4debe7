import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import type { PlayedCase } from "../render/played-cases.js";
import type { Case } from "./Case.js";
import { type PlayOptions, playCase } from "./play-case.js";

/** How many cases of a suite went how. */
export interface SuiteCounts {
  readonly passed: number;
  readonly failed: number;
  readonly notYet: number;
}

/** A suite that was played, or a part of it. */
export interface PlayedSuite {
  readonly played: readonly PlayedCase[];
  /** A signal ended the playing. */
  readonly isInterrupted: boolean;
}

/** Plays cases in order, and reports each one when it has been played. */
export async function playSuite(
  io: CliIo,
  cases: readonly Case[],
  options: PlayOptions,
  report: (played: PlayedCase) => void,
): Promise<PlayedSuite> {
  const played: PlayedCase[] = [];
  const interrupt = interrupted(io);
  const { signal } = interrupt;
  const { chaos, ...rest } = options;
  const playing = { ...rest, ...(chaos !== undefined && { chaos: { ...chaos, signal } }) };
  for (const one of cases) {
    if (signal.aborted) break;
    const startedAt = performance.now();
    const outcome = await playCase(one, io.cwd, playing);
    // A case whose kills were not all played is not reported.
    if (signal.aborted && chaos !== undefined) break;
    const last = { ...outcome, case: one, durationMs: performance.now() - startedAt };
    played.push(last);
    report(last);
  }
  interrupt.release();
  return { played, isInterrupted: signal.aborted };
}

export function countsOf(played: readonly PlayedCase[]): SuiteCounts {
  const countOf = (wanted: PlayedCase["outcome"]): number =>
    played.filter(({ outcome }) => outcome === wanted).length;
  return { passed: countOf("passed"), failed: countOf("failed"), notYet: countOf("not_yet") };
}

/** Ctrl-C ends the playing after the case that is being played; a second one ends it at once. */
function interrupted(io: CliIo): { readonly signal: AbortSignal; readonly release: () => void } {
  const stop = new AbortController();
  const releases = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) =>
    io.onSignal(signal, () => {
      if (stop.signal.aborted) io.exitNow(ExitCode.interrupted);
      stop.abort();
    }),
  );
  const release = (): void => {
    for (const each of releases) each();
  };
  return { signal: stop.signal, release };
}
