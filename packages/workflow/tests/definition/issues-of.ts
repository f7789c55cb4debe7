import { checkDefinition } from "../../src/definition/check-definition.js";
import type { DefinitionIssue, WorkflowFormat } from "../../src/index.js";

/** The issues of a definition, in which every key of the language is accepted. */
export function issuesOf(
  text: string,
  format: WorkflowFormat = "yaml",
): readonly DefinitionIssue[] {
  const checked = checkDefinition(text, format, { maxSteps: 10_000, isUnfinishedAccepted: true });
  return checked.ok ? checked.warnings : checked.issues;
}
