import { createHash } from "node:crypto";

/** Maximum length of the encoded path of a step in a run id, in characters. */
const MAX_PATH_CHARS = 80;

/** Maximum length of a run id; with `%` encoded again it is the name of a folder. */
const MAX_ID_CHARS = 180;

/** Marks what a caller cannot choose: the number of an attempt, or the digest of a long path. */
const MARK = "~";

/**
 * Returns the id of the run that a step starts: `<parent>.<path>`, with the path percent-encoded. A
 * later run of the same step has the number of the attempt that started it: `<parent>.<path>~3`.
 * Long paths are shortened, and followed by a digest.
 */
export function childRunId(parentRunId: string, stepId: string, attemptNumber?: number): string {
  const suffix = attemptNumber === undefined ? "" : `${MARK}${attemptNumber}`;
  const name = shortened(encodeURIComponent(stepId), MAX_PATH_CHARS, stepId);
  const id = `${parentRunId}.${name}`;
  return `${shortened(id, MAX_ID_CHARS, `${parentRunId}.${stepId}`)}${suffix}`;
}

/** Returns the number of the attempt that started a child run; 1 for the first run of a step. */
export function startingAttempt(childRunId: string): number {
  const [, number] = /~(\d+)$/.exec(childRunId) ?? [];
  return number === undefined ? 1 : Number(number);
}

function shortened(text: string, maxChars: number, whole: string): string {
  if (encodeURIComponent(text).length <= maxChars) return text;
  const digest = createHash("sha256").update(whole).digest("hex").slice(0, 12);
  // No escape is cut in two.
  const start = text.slice(0, maxChars / 2).replace(/%.?$/, "");
  return `${start}${MARK}x${digest}`;
}
