/** Size of a definition's text, in bytes of UTF-8. */
export const MAX_DEFINITION_BYTES = 1024 * 1024;
