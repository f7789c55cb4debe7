const OUR_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Was the id made here? Then there is none like it anywhere. Others are a caller's. */
export function isGeneratedRunId(id: string): boolean {
  return OUR_ID.test(id);
}
