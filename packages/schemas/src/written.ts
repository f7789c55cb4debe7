/**
 * @automatosx/schemas/written: reads a workflow as it is written. It leaves out the schemas of the
 * normalised form and of runs, which would take a process that starts a run ten milliseconds to
 * build.
 */

export { DEFAULT_GRACE_MS } from "./agent.schema.js";
export { AGENT_KEY_SYNONYMS } from "./agent-synonyms.js";
export {
  HARD_MAX_STEPS,
  MAX_REASKS,
  MAX_STEPS,
  MAX_WORKFLOW_DEPTH,
  STEP_KINDS,
} from "./definition-limits.js";
export { DEFAULT_FORM, isSchema, normaliseForm, SHORT_TYPES } from "./form.js";
export { normaliseShared, normaliseWorkflow } from "./normalise-workflow.js";
export { FIRST_STEP_KEYS, hasFirstForms, hasOnlyFirstKeys } from "./step-kind.js";
export { PERCENT_PATTERN } from "./written-budget.schema.js";
export type { CheckedWorkflow } from "./written-workflow.schema.js";
export { WrittenWorkflow, writtenWorkflow } from "./written-workflow.schema.js";
