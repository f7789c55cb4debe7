import { Checker, Coverage, References, ValueTypes } from "../../core/expressions.js";
import type { StepNode } from "../steps/step-tree.js";
import type { PlaceScopes } from "./PlaceScopes.js";

/** What a condition decides by, if it has one value in a run. */
const FIXED_ROOTS: ReadonlySet<string> = new Set(["inputs", "steps"]);

/**
 * Returns whether the conditions of these steps cover every value of one path, so that not all of
 * them are skipped. A condition of another form covers nothing.
 */
export function coversEveryValue(choices: readonly StepNode[], scopes: PlaceScopes): boolean {
  const coverages = choices.flatMap((step) => {
    const condition = scopes.conditionOf(step);
    const coverage = condition && Coverage.ofCondition(condition);
    return coverage === undefined ? [] : [{ step, coverage }];
  });
  const byPath = Map.groupBy(coverages, ({ coverage }) => coverage.text);
  return [...byPath.values()].some((group) => {
    const [first] = group;
    if (first === undefined) return false;
    const { path } = first.coverage;
    if (!References.ofExpression(path).every(({ root }) => FIXED_ROOTS.has(root))) return false;
    const scope = scopes.at({ role: "if", step: first.step });
    const { findings, valueType } = Checker.check(path, scope);
    const values = findings.length > 0 ? undefined : ValueTypes.valuesOf(valueType);
    return (
      values !== undefined &&
      !values.includes(null) &&
      values.every((value) => group.some(({ coverage }) => coverage.admits(value)))
    );
  });
}
