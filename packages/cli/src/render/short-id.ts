import { isGeneratedRunId } from "@automatosx/workflow/observe";

/** Characters of a generated id that people are shown. */
const SHOWN_LENGTH = 6;

/**
 * The id as people are shown it. A generated id begins with the time, so that its end tells it from
 * others; an id that a caller chose is shown whole.
 */
export function shortId(id: string): string {
  return isGeneratedRunId(id) ? id.slice(-SHOWN_LENGTH) : id;
}
