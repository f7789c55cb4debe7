const SAFE = /^[\w@%+=:,./-]+$/;

/** A word of a command line, quoted for a POSIX shell where it must be. */
export function shellWord(text: string): string {
  return SAFE.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
