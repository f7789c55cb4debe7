import { type Path, quoted } from "@automatosx/source";
import {
  type Expression,
  Expressions,
  References,
  type ValueType,
  ValueTypes,
} from "../../core/expressions.js";
import type { CheckPlace } from "../check-place.js";
import { ISSUE_KINDS } from "../issue-kinds.js";
import { ownValue } from "../steps/own-value.js";
import { type StepNode, stepsAround } from "../steps/step-tree.js";
import { type ExpressionPlace, foreachOf } from "./expression-places.js";
import type { PlaceReporter } from "./PlaceReporter.js";
import type { PlaceScopes } from "./PlaceScopes.js";
import { parsePlace } from "./parse-places.js";
import { nameOfItem } from "./scope-names.js";

interface Tools {
  readonly place: CheckPlace;
  readonly scopes: PlaceScopes;
  readonly reporter: PlaceReporter;
}

/** Checks what identifies the items of a step, and that their name stands for nothing else. */
export function checkForeach(step: StepNode, tools: Tools): void {
  const foreach = foreachOf(step);
  if (foreach === undefined) return;
  checkName(step, tools);
  const { key, keyPath, items, itemsPath } = foreach;
  if (typeof key === "string") checkKey(step, key, keyPath, tools);
  else if (key === undefined && items !== undefined) checkItems(step, itemsPath, tools);
}

function checkName(step: StepNode, { place }: Tools): void {
  const { issues, tree } = place;
  const name = nameOfItem(step);
  const as = foreachOf(step);
  const isWritten = as?.as !== undefined;
  const path = isWritten ? (as?.asPath ?? step.path) : [...step.path, "foreach"];
  const refuse = (message: string, remedy: string) => {
    if (!issues.isWrong(path))
      issues.add(
        ISSUE_KINDS.itemHidesName,
        path,
        tree.locate(path, isWritten ? "value" : "key"),
        message,
        remedy,
      );
  };
  for (const at of stepsAround(step.group.owner))
    if (foreachOf(at) !== undefined && nameOfItem(at) === name)
      return refuse(
        `${quoted(name)} is already the item of ${quoted(at.id ?? "the step around it")}`,
        "give the items of this step another name with `as`",
      );
}

function checkKey(step: StepNode, text: string, path: Path, { scopes, reporter }: Tools): void {
  const place: ExpressionPlace = { role: "key", step, path, text, isField: true };
  const [parsed] = parsePlace(place).expressions;
  if (parsed === undefined) return;
  const type = scopes.typeOfExpression(parsed.expression, place);
  const problem = type && problemOfKey(type);
  if (problem === undefined) return;
  const message = `the key ${problem}`;
  reporter.add(place, { code: "AXW1410", message, span: parsed.expression.span });
}

function checkItems(step: StepNode, path: Path, { place, scopes, reporter }: Tools): void {
  const items = foreachOf(step)?.items;
  const problem = problemOfKey(scopes.itemOf(step));
  if (problem === undefined) return;
  const message = `the item ${problem}`;
  const remedy = `add \`key\`: an expression of \`${nameOfItem(step)}\` that identifies it`;
  if (typeof items === "string") {
    const span = { start: 0, end: items.length };
    const at: ExpressionPlace = { role: "foreach", step, path, text: items, isField: true };
    return reporter.add(at, { code: "AXW1410", message, span, remedy });
  }
  if (!place.issues.isWrong(path))
    place.issues.add(ISSUE_KINDS.badItemKey, path, place.tree.locate(path), message, remedy);
}

/** Why a value does not identify an item: only texts and whole numbers do. */
function problemOfKey(type: ValueType): string | undefined {
  const other = (["object", "list", "boolean", "null"] as const).some((kind) =>
    ValueTypes.canBe(type, kind),
  );
  const isUnknown = other && ValueTypes.canBe(type, "string") && ValueTypes.canBe(type, "object");
  const values = ValueTypes.valuesOf(type);
  const isFraction = values?.some((value) => typeof value === "number" && !Number.isInteger(value));
  if ((!other || isUnknown) && isFraction !== true) return undefined;
  return `is ${ValueTypes.describe(type)}, and only a text or a whole number identifies an item`;
}

/** Warns of a loop whose condition has the same value after every round. */
export function checkUntil(
  place: ExpressionPlace,
  expression: Expression,
  reporter: PlaceReporter,
): void {
  const { step } = place;
  // A literal is deliberate.
  if (step === undefined || ["true", "false"].includes(Expressions.print(expression))) return;
  const changes = References.ofExpression(expression).some(({ root, path: [id] }) => {
    if (root === "previous" || root === "round") return true;
    if (root !== "steps") return false;
    return step.inner === undefined ? id === step.id : step.inner.byId.has(String(id));
  });
  if (changes) return;
  const message = "`until` refers to nothing that a round changes";
  reporter.add(place, { code: "AXW1607", message, span: expression.span });
}

/** Reports a value that the choice of an agent can have, and that is not one of its agents. */
export function checkChoice(
  place: ExpressionPlace,
  type: ValueType,
  reporter: PlaceReporter,
): void {
  const { step, attached } = place;
  const oneOf = ownValue(ownValue((attached ?? step)?.written, "agentId"), "oneOf");
  if (!Array.isArray(oneOf)) return;
  const span = { start: 0, end: place.text.length };
  const other = ValueTypes.valuesOf(type)?.find((value) => !oneOf.includes(value));
  if (other !== undefined) {
    const value = quoted(JSON.stringify(other));
    const message = `the value ${value} is possible, and \`oneOf\` lacks it`;
    const remedy = "add it to `oneOf`, or exclude it with `if`";
    return reporter.add(place, { code: "AXW1627", message, span, remedy });
  }
  if (ValueTypes.canBe(type, "string")) return;
  const message = `the agent is chosen by ${ValueTypes.describe(type)}, which is not an id`;
  reporter.add(place, {
    code: "AXW1627",
    message,
    span,
    remedy: "write an expression that gives a text",
  });
}
