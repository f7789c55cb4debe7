// Control characters but the tab, marks that change the direction of what follows, and characters
// without a shape: a reader would see another text than the one that runs.
const HIDDEN =
  /(?!\t)\p{Cc}|[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/** Writes each character that a reader cannot see as `\ufffd`, so that columns stay. */
export function visibleSource(text: string): string {
  return text.replace(HIDDEN, ({ length }) => "\ufffd".repeat(length));
}
