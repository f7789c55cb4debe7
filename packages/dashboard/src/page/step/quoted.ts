/** A word of a command line as a person types it: in quotes if a shell would read it otherwise. */
export function quoted(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
