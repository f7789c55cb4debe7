/**
 * Returns our key for a key that another system uses. The names in `synonyms` are in lower case,
 * without `_` and `-`. The result is one of `known`, or the dotted path of a nested key.
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

/** Returns the key in lower case, without `_` and `-`. */
export function foldKey(key: string): string {
  return key.toLowerCase().replace(/[_-]/g, "");
}
