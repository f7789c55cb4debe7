/** Maximum size of a definition's text, in UTF-8 bytes. */
export const MAX_DEFINITION_BYTES = 1024 * 1024;

/**
 * Maximum length of a task whose references are replaced, in characters. The longest string of Node
 * has 536,870,888.
 */
export const MAX_TASK_CHARS = 500_000_000;
