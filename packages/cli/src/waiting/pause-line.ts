import type { NextLine } from "../next/actions.js";
import type { Pause } from "./pause-of.js";
import { questionLine } from "./question-line.js";

/**
 * The line that lets a paused run continue; undefined if a resume does. `run`: its short id.
 * `args`: the arguments with which it is resumed.
 */
export function pauseLine(
  run: string,
  { reason, questions }: Pause,
  _args: readonly string[],
): NextLine | undefined {
  const [first] = questions;
  if (reason === "waiting" && first !== undefined) return questionLine(run, first);
  return undefined;
}
