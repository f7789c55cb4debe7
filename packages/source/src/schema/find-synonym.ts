/**
 * The key that was meant by a key of another system. `synonyms` has folded names: in lower case,
 * without `_` and `-`. The key is one of `known`, or the dotted path of a deeper key.
 */
export function findSynonym(
  key: string,
  synonyms: Readonly<Record<string, string>>,
  known: readonly string[],
): string | undefined {
  const folded = foldKey(key);
  const meant = Object.hasOwn(synonyms, folded)
    ? synonyms[folded]
    : known.find((candidate) => foldKey(candidate) === folded);
  return meant !== undefined && (meant.includes(".") || known.includes(meant)) ? meant : undefined;
}

/** The key in lower case, without `_` and `-`. */
export function foldKey(key: string): string {
  return key.toLowerCase().replace(/[_-]/g, "");
}
