import { parseExactJson } from "@automatosx/workflow/source";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { next } from "../next/actions.js";
import { shortId } from "../render/short-id.js";
import { UsageError } from "../UsageError.js";
import { type AnswerOptions, readToldRun, reportTold, tellRun } from "../waiting/answer-run.js";

export interface SignalOptions extends AnswerOptions {
  /** The data as JSON. */
  readonly data?: string;
  /** Identifies the signal: a second one with this id is refused. */
  readonly id?: string;
}

/**
 * Sends a signal to a run, no matter which process owns it. A signal that no step waits for yet is
 * kept.
 */
export async function signal(
  io: CliIo,
  id: string,
  name: string,
  options: SignalOptions,
): Promise<ExitCode> {
  const data = dataOf(options.data);
  const told = await readToldRun(io, id, options);
  const sent = { data, ...(options.id !== undefined && { signalId: options.id }) };
  await tellRun(io, told, options, (control) =>
    control.signal(told.run.runId, name, sent, { resume: false }),
  );
  const text = `Sent the signal ${cleanLine(name)} to run ${shortId(told.run.runId)}.`;
  return reportTold(
    io,
    told,
    { text, document: { type: "signal_received", name, ...sent } },
    { ...options, resume: options.resume === true },
  );
}

function dataOf(text: string | undefined): unknown {
  if (text === undefined) return null;
  try {
    return parseExactJson(text, { uniqueKeys: true });
  } catch (error) {
    throw new UsageError(`--data must be JSON: ${(error as Error).message}.`, {
      remedy: `Quote it for the shell: --data '{"url": "here"}'; a text is written '"text"'.`,
      next: next("read_help", "wrong_usage", { args: ["signal"] }),
    });
  }
}
