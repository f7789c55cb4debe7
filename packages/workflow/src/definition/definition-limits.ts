/** Size of a definition's text, in bytes of UTF-8. */
export const MAX_DEFINITION_BYTES = 1024 * 1024;
/** Lines of a definition's text. The YAML reader takes microseconds for each, comments and empty lines too. */
export const MAX_LINES = 200_000;
/** Levels of lists and maps, the outermost included. */
export const MAX_DEPTH = 64;
/** Uses of aliases in one definition. */
export const MAX_ALIASES = 100;
/** Values that aliases may add in all. Values that are written out are bounded by the size of the text. */
export const MAX_EXPANDED_NODES = 100_000;
/** Length of the text that aliases may add in all. */
export const MAX_EXPANDED_LENGTH = 4 * 1024 * 1024;
