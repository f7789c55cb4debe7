/** Maximum size of a definition's text, in UTF-8 bytes. */
export const MAX_DEFINITION_BYTES = 1024 * 1024;
