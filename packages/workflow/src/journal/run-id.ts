const GENERATED_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Returns whether an engine generated this run id. Such an id is unique; any other was chosen. */
export function isGeneratedRunId(id: string): boolean {
  return GENERATED_ID.test(id);
}
