/**
 * Whether a value is an object with keys. The same check of `@automatosx/workflow/checks` would
 * load the reader of workflow files, which a command that only shows a run does not need.
 */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
