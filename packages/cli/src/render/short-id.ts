import { isGeneratedRunId } from "@automatosx/workflow/observe";

/** How many characters of a generated id are shown to users. */
const SHOWN_LENGTH = 6;

/**
 * The id as shown to users. A generated id begins with the time, so its last characters distinguish
 * it; an id that a caller chose is shown in full.
 */
export function shortId(id: string): string {
  return isGeneratedRunId(id) ? id.slice(-SHOWN_LENGTH) : id;
}
