/** Lines of a YAML text. */
export const MAX_LINES = 200_000;
/** Levels of lists and maps, the outermost included. */
export const MAX_DEPTH = 64;
/** Characters of a key in YAML. */
export const MAX_KEY_LENGTH = 1024;
/** Aliases in one text. */
export const MAX_ALIASES = 100;
/** Values that the aliases of one text may add. The size of the text bounds written values. */
export const MAX_EXPANDED_NODES = 100_000;
/** Characters that the aliases of one text may add. */
export const MAX_EXPANDED_LENGTH = 4 * 1024 * 1024;
