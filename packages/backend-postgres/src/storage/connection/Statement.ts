/** A statement with its values. Its text is a constant: each connection prepares it once. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
}

/** A row as PostgreSQL returns it. */
export type Row = Record<string, unknown>;

/** Runs one statement, which is a transaction of its own, and returns its rows. */
export type Sql = (text: string, values?: readonly unknown[]) => readonly Row[];

const names = new Map<string, string>();

/** The name under which connections prepare a text. */
export function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `axw_${names.size + 1}`;
    names.set(text, name);
  }
  return name;
}
