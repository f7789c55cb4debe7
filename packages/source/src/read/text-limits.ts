/** Maximum number of lines in a YAML text. */
export const MAX_LINES = 200_000;
/** Maximum number of nested lists and maps, including the outermost. */
export const MAX_DEPTH = 64;
/** Maximum length of a YAML key, in characters. */
export const MAX_KEY_LENGTH = 1024;
/** Maximum number of aliases in one text. */
export const MAX_ALIASES = 100;
/**
 * Maximum number of values that the aliases in one text may add. The size of the text limits the
 * written values.
 */
export const MAX_EXPANDED_NODES = 100_000;
/** Maximum number of characters that the aliases in one text may add. */
export const MAX_EXPANDED_LENGTH = 4 * 1024 * 1024;
