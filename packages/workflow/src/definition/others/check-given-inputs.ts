import type { InputDefinition } from "@automatosx/schemas";
import { type Path, quoted } from "@automatosx/source";
import { Schemas, type ValueType, ValueTypes } from "../../core/expressions.js";
import type { CheckPlace } from "../check-place.js";
import type { PlaceScopes } from "../expressions/PlaceScopes.js";
import { ISSUE_KINDS } from "../issue-kinds.js";
import { entriesOf, ownValue } from "../steps/own-value.js";
import type { StepNode } from "../steps/step-tree.js";
import { isMissing } from "../task-template.js";
import { namedFileOf, otherOf } from "./OtherWorkflow.js";

interface Tools {
  readonly place: CheckPlace;
  readonly scopes: PlaceScopes;
}

/** Checks what a step gives another workflow against the inputs that the workflow declares. */
export function checkGivenInputs(step: StepNode, { place, scopes }: Tools): void {
  const { issues, tree, suggester, others } = place;
  const named = others && namedFileOf(step.written);
  const other = others && otherOf(others, step.written);
  if (named === undefined || other === undefined) return;
  const given = ownValue(step.written, "with");
  const path = [...step.path, given === undefined ? named.key : "with"];
  if (issues.isWrong(path) || (given !== undefined && !isMap(given))) return;
  const add = (at: Path, target: "key" | "value", message: string, remedy?: string) => {
    if (!issues.isFull && !issues.isWrong(at))
      issues.add(ISSUE_KINDS.badInputs, at, tree.locate(at, target), message, remedy);
  };
  const { inputs, id } = other.definition;
  for (const [name, value] of entriesOf(given)) {
    const at = [...path, name];
    const input = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    if (input === undefined) {
      const meant = suggester.nearest(name, Object.keys(inputs));
      const remedy = meant === undefined ? listed(inputs) : `write \`${meant}\``;
      add(at, "key", `${quoted(name)} is not an input of the workflow ${quoted(id)}`, remedy);
      continue;
    }
    const problem = misfit(name, input, {
      value,
      type: () => scopes.typeOf(value, { role: "with", step }),
    });
    if (problem !== undefined) add(at, "value", problem.message, problem.remedy);
  }
  for (const [name, input] of Object.entries(inputs)) {
    if (!input.required || ownValue(given, name) !== undefined) continue;
    const message = `the workflow ${quoted(id)} needs the input ${quoted(name)}`;
    const where = given === undefined ? `with: { ${name}: … }` : `${name}: …`;
    add(path, "key", message, `add \`${where}\` (${input.type})`);
  }
  for (const { stepId, reference } of other.references) {
    const { name, text, source } = reference;
    const written = ownValue(given, name);
    const value = written ?? inputs[name]?.default;
    // Of a value with templates, only the type is known; a required input is reported above.
    if (source !== "inputs" || hasTemplate(value)) continue;
    if (value === undefined && inputs[name]?.required === true) continue;
    const values = { inputs: value === undefined ? {} : { [name]: value }, context: {} };
    if (!isMissing(reference, { ...values, results: () => undefined })) continue;
    const at = written === undefined ? path : [...path, name];
    const message = `step ${quoted(stepId)} of the workflow ${quoted(id)} needs ${quoted(text)}`;
    add(at, "key", message, "give it in `with`");
  }
}

function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listed(inputs: Readonly<Record<string, InputDefinition>>): string {
  const names = Object.keys(inputs).map((name) => `\`${name}\``);
  return names.length === 0
    ? "remove it: the workflow has no inputs"
    : `the inputs are ${names.slice(0, 20).join(", ")}`;
}

interface Given {
  readonly value: unknown;
  /** The type of the value, in which templates are replaced. */
  readonly type: () => ValueType;
}

interface Misfit {
  readonly message: string;
  readonly remedy?: string;
}

/** Why a value is not one of the input; undefined if it may be. */
function misfit(name: string, { type, schema }: InputDefinition, given: Given): Misfit | undefined {
  if (schema === undefined && type === "any") return undefined;
  const read = Schemas.read(schema ?? { type });
  if (!read.ok) return undefined;
  if (!hasTemplate(given.value)) {
    const [first] = Schemas.validate(read.schema, given.value);
    return first && { message: first.message.replace(/^\$/, `\`${name}\``) };
  }
  const [expected, actual] = [Schemas.typeOf(read.schema), given.type()];
  if (!ValueTypes.overlap(actual, expected))
    return {
      message:
        `${quoted(name)} is declared as ${ValueTypes.describe(expected)}, ` +
        `the value is ${ValueTypes.describe(actual)}`,
    };
  return ValueTypes.mayBeNull(actual) && !ValueTypes.mayBeNull(expected)
    ? {
        message: `the value may be null, and ${quoted(name)} may not`,
        remedy: "write `default(…, …)`, or let the step wait for what gives the value",
      }
    : undefined;
}

/** Whether a JSON value contains a text with a template. The value is not deep. */
function hasTemplate(value: unknown): boolean {
  if (typeof value === "string") return value.includes("${{");
  return typeof value === "object" && value !== null && Object.values(value).some(hasTemplate);
}
