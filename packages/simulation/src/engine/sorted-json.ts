/** JSON with the outer object's keys sorted, so that equal records produce equal strings. */
export function sortedJson(record: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
}
