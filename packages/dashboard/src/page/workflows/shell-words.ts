const SAFE = /^[\w@%+=:,./-]+$/;

/** A word of a command line, quoted for a POSIX shell where it must be. */
export function shellWord(text: string): string {
  return SAFE.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The flags that give inputs to a run: `--input feature=login --input days=3`. */
export function inputFlags(inputs: Readonly<Record<string, unknown>>): string {
  return Object.entries(inputs)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return ` --input ${shellWord(`${name}=${text}`)}`;
    })
    .join("");
}
