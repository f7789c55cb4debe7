/*
 * PostgreSQL stores any text but NUL characters, and its encoding has no lone surrogates. An agent
 * may write both. They are stored as an escape: U+001A and the code unit in four hexadecimal
 * digits. U+001A itself is stored in the same way, so that every text comes back as it was, and
 * different texts stay different.
 */

const ESCAPE = "\u001a";

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
// oxlint-disable-next-line no-control-regex -- these are what is looked for.
const UNSTORABLE = /[\0\u001a]/;
const EACH_UNSTORABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  // oxlint-disable-next-line no-control-regex -- these are what is looked for.
  /[\0\u001a]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what is looked for.
// oxlint-disable-next-line no-control-regex -- this is what is looked for.
const EACH_ESCAPE = /\u001a([0-9a-f]{4})/g;

/** How JSON text shows a string that has to be encoded; it also matches some that have not. */
const IN_JSON = /\\u(?:0000|001a|d[89a-f])/;

/** Returns the text as PostgreSQL can store it. */
export function encodeText(text: string): string {
  if (text.isWellFormed() && !UNSTORABLE.test(text)) return text;
  return text.replaceAll(
    EACH_UNSTORABLE,
    (unit) => ESCAPE + unit.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

/** Returns a text that `encodeText` encoded as it was. */
export function decodeText(text: string): string {
  if (!text.includes(ESCAPE)) return text;
  return text.replaceAll(EACH_ESCAPE, (_, unit: string) =>
    String.fromCharCode(Number.parseInt(unit, 16)),
  );
}

/** Returns rows as JSON text, with each string encoded. */
export function encodeJson(rows: readonly unknown[]): string {
  const json = JSON.stringify(rows);
  if (!IN_JSON.test(json)) return json;
  return JSON.stringify(rows, (_, value: unknown) =>
    typeof value === "string" ? encodeText(value) : value,
  );
}

/** Encodes the texts among the values of a statement. */
export function encodeValues(values: readonly unknown[]): unknown[] {
  return values.map((value) => {
    if (typeof value === "string") return encodeText(value);
    return Array.isArray(value) ? encodeValues(value) : value;
  });
}

/** Decodes the texts in rows, in place: the rows are the caller's alone. */
export function decodeRows(rows: readonly Record<string, unknown>[]): void {
  for (const row of rows)
    for (const column in row) {
      const value = row[column];
      if (typeof value === "string" && value.includes(ESCAPE)) row[column] = decodeText(value);
    }
}
