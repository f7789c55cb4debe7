import type { StepInfo } from "@automatosx/workflow/observe";
import type { NextLine } from "./next/actions.js";
import { shortId } from "./render/short-id.js";
import { namesOf } from "./simulation-note.js";
import { isWithin } from "./step-path.js";
import { UsageError } from "./UsageError.js";

interface Unknown {
  readonly runId: string;
  readonly next: NextLine;
  /** By default, it names the steps of the run. */
  readonly remedy?: string;
}

/**
 * Finds the step that the user typed: its path, or a part of it that no other path has. A part that
 * only a step and what is inside it have in common refers to the step: `auth` is `build[auth]`, not
 * `build[auth].test`. `next` and `remedy` are those of the error.
 *
 * @throws UsageError `invalid_argument` if no step of the run has the part, or several have it
 */
export function findStep<Step extends Pick<StepInfo, "id">>(
  steps: readonly Step[],
  word: string,
  { runId, next, remedy }: Unknown,
): Step {
  const exact = steps.find(({ id }) => id === word);
  if (exact !== undefined) return exact;
  const found = word === "" ? [] : steps.filter(({ id }) => id.includes(word));
  const [first] = found.toSorted((a, b) => a.id.length - b.id.length);
  if (first !== undefined && found.every(({ id }) => isWithin(id, first.id))) return first;
  const run = shortId(runId);
  if (first === undefined)
    throw new UsageError(`Run ${run} has no step \`${word}\`.`, {
      remedy: remedy ?? `Its steps: ${namesOf(steps.map(({ id }) => id))}.`,
      next,
    });
  throw new UsageError(`\`${word}\` could be any of ${found.length} steps of run ${run}.`, {
    remedy: `Type more of the path: ${namesOf(found.map(({ id }) => id))}.`,
    next,
  });
}
