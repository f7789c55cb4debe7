const GENERATED_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Returns whether an engine generated this run id. Such an id is unique; any other was chosen. */
export function isGeneratedRunId(id: string): boolean {
  return GENERATED_ID.test(id);
}

/** How many characters of a generated id are shown to users. */
const SHOWN_LENGTH = 6;

/**
 * The id as shown to users. A generated id begins with the time, so its last characters distinguish
 * it; an id that a caller chose is shown in full.
 */
export function shortId(id: string): string {
  // That of a child run begins with the id of its parent.
  const dot = id.indexOf(".");
  const [first, rest] = dot === -1 ? [id, ""] : [id.slice(0, dot), id.slice(dot)];
  return isGeneratedRunId(first) ? first.slice(-SHOWN_LENGTH) + rest : id;
}
