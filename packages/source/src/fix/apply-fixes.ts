import type { DefinitionFix, TextEdit } from "@automatosx/schemas";

/** Returns the text with the edits made. They must not overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const pieces: string[] = [];
  let at = 0;
  for (const edit of edits.toSorted(byPlace)) {
    pieces.push(text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  pieces.push(text.slice(at));
  return pieces.join("");
}

/**
 * Returns the fixes that can be made together, in the order of the list. A fix that touches a place
 * of an earlier one is omitted: its place has to be found again in the changed text. Of several
 * equal fixes, one is returned.
 */
export function compatibleFixes<Fix extends DefinitionFix>(fixes: readonly Fix[]): Fix[] {
  const taken: TextEdit[] = [];
  return fixes.filter(({ edits }) => {
    const isFree = edits.every((edit) => taken.every((other) => !touches(edit, other)));
    if (isFree) taken.push(...edits);
    return isFree;
  });
}

/** Two insertions at one place touch: which of them comes first would be chance. */
function touches(one: TextEdit, other: TextEdit): boolean {
  return one.start <= other.end && other.start <= one.end;
}

function byPlace(one: TextEdit, other: TextEdit): number {
  return one.start - other.start || one.end - other.end;
}
