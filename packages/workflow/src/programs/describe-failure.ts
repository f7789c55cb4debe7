import { type FailureReason, failureReason, outputExcerpt } from "../terminal-text.js";

/** How much of the output an error message quotes. */
const QUOTED = { firstLines: 4, lastLines: 12, maxChars: 8_192 };

/** How sure a reason is. Of two equally sure ones, that of stderr counts. */
const SURENESS: Readonly<Record<FailureReason["kind"], number>> = {
  error: 4,
  consequence: 3,
  plain: 2,
  chatter: 1,
  nothing: 0,
};

/**
 * Describes a failure from what the program has printed: the reason on one line, then, if there is
 * more, a blank line and the first and the last lines of the stream that states it.
 */
export function describeFailure(output: {
  readonly stderr: string;
  readonly stdout: string;
}): string {
  const ofStderr = { reason: failureReason(output.stderr), text: output.stderr };
  const ofStdout = { reason: failureReason(output.stdout), text: output.stdout };
  const isInStdout = SURENESS[ofStdout.reason.kind] > SURENESS[ofStderr.reason.kind];
  const { reason, text } = isInStdout ? ofStdout : ofStderr;
  const excerpt = outputExcerpt(text, QUOTED);
  return excerpt.trim() === reason.text ? reason.text : `${reason.text}\n\n${excerpt}`;
}
