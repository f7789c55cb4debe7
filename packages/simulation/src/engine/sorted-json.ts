/** JSON with the keys of the outer object in order, so that equal records give equal texts. */
export function sortedJson(record: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
}
