/** Maximum length of a path that a system accepts, in characters. */
const MAX_PATH_CHARS = 4096;

/**
 * Returns whether a text is probably the path of a workflow file, passed by mistake for its
 * content: one line that ends in `.yaml`, `.yml` or `.json`. No workflow is such a text.
 */
export function looksLikePath(text: string): boolean {
  const line = text.trim();
  return (
    line.length <= MAX_PATH_CHARS &&
    /^[^\n\r{}[\]"]+\.(?:ya?ml|json)$/i.test(line) &&
    !/:\s/.test(line)
  );
}
