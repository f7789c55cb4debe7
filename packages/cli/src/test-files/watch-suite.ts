import { type ExitCode, exitCodeOfError } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import type { Output } from "../Output.js";
import { asCoded, renderError } from "../render/error.js";
import { count } from "../render/words.js";
import { UsageError } from "../UsageError.js";
import { untilChanged, type WatchedFiles, watchedFiles } from "./watch-files.js";

/** Which cases to play again. */
export type Selection = "all" | "failed";

/** What was played. */
export interface Round {
  readonly exitCode: ExitCode;
  readonly files: WatchedFiles;
}

/** What a person can type. */
const PROMPT = "a all, f failed, q quit, then Enter: ";

/**
 * Plays cases again whenever one of their files changes, or a person asks for it. Ends with `q` or
 * Ctrl-C. Returns the exit code of the last round. `out`: for messages.
 */
export async function watchSuite(
  io: CliIo,
  out: Output,
  play: (selection: Selection) => Promise<Round>,
): Promise<ExitCode> {
  const leaving = new AbortController();
  const leave = (): void => leaving.abort();
  const releases = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) =>
    io.onSignal(signal, leave),
  );
  io.stdout.onGone(leave);
  try {
    let round = await play("all");
    while (!leaving.signal.aborted) {
      out.line(`watching ${count(round.files.size, "file")}`);
      const selection = await nextRound(io, round.files, leaving.signal);
      if (selection === undefined) break;
      round = await playAgain(io, round, () => play(selection));
    }
    return round.exitCode;
  } finally {
    for (const release of releases) release();
  }
}

/** A file that is missing now may be back after the next change. */
async function playAgain(io: CliIo, last: Round, play: () => Promise<Round>): Promise<Round> {
  const since = Date.now();
  try {
    return await play();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    renderError(io.stderr, asCoded(error));
    return { exitCode: exitCodeOfError(error.code), files: watchedFiles(last.files.keys(), since) };
  }
}

/** Waits for a change of a file or for a person. Undefined: the watching ends. */
async function nextRound(
  io: CliIo,
  files: WatchedFiles,
  leaving: AbortSignal,
): Promise<Selection | undefined> {
  const settled = new AbortController();
  const signal = AbortSignal.any([leaving, settled.signal]);
  const change = untilChanged(files, signal).then((hasChanged): Selection | undefined =>
    hasChanged ? "all" : undefined,
  );
  try {
    return await (io.canAsk() ? Promise.race([change, asked(io, signal)]) : change);
  } finally {
    settled.abort();
  }
}

async function asked(io: CliIo, signal: AbortSignal): Promise<Selection | undefined> {
  for (;;) {
    const line = await io.ask(PROMPT, signal);
    if (line === undefined || signal.aborted) return undefined;
    switch (line.trim().toLowerCase()) {
      case "a":
      case "":
        return "all";
      case "f":
        return "failed";
      case "q":
        return undefined;
      default:
    }
  }
}
