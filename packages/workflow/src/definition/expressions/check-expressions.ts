import { checkEditable } from "../check-editable.js";
import type { CheckPlace } from "../check-place.js";
import { checkSessions } from "../check-sessions.js";
import type { DeclaredNames } from "../foreign-path.js";
import { entriesOf, ownValue } from "../steps/own-value.js";
import type { StepTree } from "../steps/step-tree.js";
import { type CertainReference, certainReferences } from "./certain-references.js";
import { checkForeignTemplates } from "./check-foreign-templates.js";
import { checkScripts } from "./check-scripts.js";
import { type CheckedExpressions, ExpressionIssues } from "./ExpressionIssues.js";
import type { ParsedPlace } from "./parse-places.js";
import { warnOfUnreachable } from "./warn-of-unreachable.js";

/** Checks the expressions of a workflow, and warns of what looks like an expression. */
export function checkExpressions(
  place: CheckPlace,
  steps: StepTree,
  workflow: unknown,
): CheckedReferences {
  const names = declaredNames(workflow, steps);
  const issues = new ExpressionIssues(place, steps, workflow, names);
  const checked = issues.check();
  checkScripts(steps, issues.reporter, place);
  warnOfUnreachable(steps, checked, place);
  checkSessions(steps, checked.reach, ownValue(ownValue(workflow, "defaults"), "agentId"), place);
  checkEditable(steps, place);
  const used = usedInputs(checked.places);
  const isUnusedInput = (name: string) => names.isInput(name) && !used.has(name);
  checkForeignTemplates(steps, { ...names, isUnusedInput }, place);
  return { certain: certainReferences(checked), outputType: checked.outputType };
}

/** What others have to know about the expressions of a workflow. */
export interface CheckedReferences {
  /** The values that every run needs from its inputs and its context. */
  readonly certain: readonly CertainReference[];
  /** The type of the output of a step that includes the workflow, or runs it as its own run. */
  readonly outputType: CheckedExpressions["outputType"];
}

function declaredNames(workflow: unknown, { byId }: StepTree): DeclaredNames {
  const inputs = new Set(entriesOf(ownValue(workflow, "inputs")).map(([name]) => name));
  const context = new Set(entriesOf(ownValue(workflow, "context")).map(([key]) => key));
  return {
    isStep: (id) => byId.has(id),
    isInput: (name) => inputs.has(name),
    isContextKey: (key) => context.has(key),
  };
}

/** The inputs that expressions refer to. Another system's template may mean one of the others. */
function usedInputs(places: readonly ParsedPlace[]): ReadonlySet<string> {
  const used = new Set<string>();
  for (const { expressions } of places)
    for (const { references } of expressions)
      for (const { root, path } of references)
        if (root === "inputs" && typeof path[0] === "string") used.add(path[0]);
  return used;
}
