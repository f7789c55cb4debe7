/**
 * Identifies how the core folds events and how rows encode them. A run is pinned to the format that
 * it was started with: folded by another one, it might decide otherwise. Change the number when the
 * transitions or the encoding of rows change; a test compares the rest with the transition table.
 */
export const CORE_FORMAT = "1";

/** The formats that this version can fold. */
const FOLDED: ReadonlySet<string> = new Set([CORE_FORMAT]);

/** Whether this version can fold a run of the format. */
export function canFold(format: string): boolean {
  return FOLDED.has(format);
}
