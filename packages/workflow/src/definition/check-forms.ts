import { isSchema, normaliseForm, SHORT_TYPES } from "@automatosx/schemas/written";
import { type Path, quoted, replaceValue, Suggester } from "@automatosx/source";
import { Schemas, ValueTypes } from "../core/expressions.js";
import { type CheckPlace, editPlaceOf } from "./check-place.js";
import { ISSUE_KINDS } from "./issue-kinds.js";
import { mayHave } from "./may-have.js";
import { readSchema } from "./schema-issues.js";
import { entriesOf, ownValue } from "./steps/own-value.js";
import { writtenLeaves } from "./steps/written-leaves.js";

type Form = Readonly<Record<string, unknown>>;

/** Checks the forms of gates and signals. */
export function checkForms(value: unknown, place: CheckPlace): void {
  if (!mayHave(place, "form")) return;
  for (const { written, path } of writtenLeaves(value)) {
    const gate = ownValue(written, "gate");
    if (gate !== undefined) checkGate(gate, [...path, "gate"], place);
    const form = ownValue(ownValue(written, "wait"), "form");
    if (isMap(form)) checkForm(form, [...path, "wait", "form"], place);
  }
}

function isMap(value: unknown): value is Form {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkGate(gate: unknown, path: Path, place: CheckPlace): void {
  const form = ownValue(gate, "form");
  if (!isMap(form)) return;
  const at = [...path, "form"];
  if (!checkForm(form, at, place)) return;
  const { issues, tree } = place;
  const fields = isSchema(form) ? ownValue(form, "properties") : form;
  if (ownValue(fields, "approved") !== undefined) {
    const field = isSchema(form) ? [...at, "properties", "approved"] : [...at, "approved"];
    const message = "`approved` cannot be a field of the form: it says whether the gate approved";
    issues.add(ISSUE_KINDS.ownApproved, field, tree.locate(field, "key"), message);
  }
  const read = Schemas.read(normaliseForm(form));
  if (!read.ok) return;
  if (!ValueTypes.isAlways(Schemas.typeOf(read.schema), "object")) {
    const message = "the form of a gate must describe an object, which this schema does not";
    const remedy = "write the fields: `{ answer: string }`, or a JSON Schema with `type: object`";
    issues.add(ISSUE_KINDS.badForm, at, tree.locate(at), message, remedy);
  } else if (ownValue(gate, "onExpire") === "approve")
    for (const misfit of Schemas.validate(read.schema, {}).slice(0, 1)) {
      const key = [...path, "onExpire"];
      const message = `an approval without an answer has no values, but ${misfit.message}`;
      issues.add(ISSUE_KINDS.approveWithoutValues, key, tree.locate(key), message);
    }
}

/** Checks a form, and returns whether it can be used. */
function checkForm(form: Form, path: Path, place: CheckPlace): boolean {
  if (isSchema(form)) return readSchema(form, path, place) !== undefined;
  return entriesOf(form)
    .map(([name, type]) => checkField(type, [...path, name], place))
    .every((isRight) => isRight);
}

function checkField(type: unknown, path: Path, place: CheckPlace): boolean {
  if (isMap(type)) return readSchema(type, path, place) !== undefined;
  const problem = Array.isArray(type) ? problemOfValues(type) : problemOfWord(type);
  if (problem === undefined) return true;
  const { issues, tree } = place;
  if (issues.isWrong(path)) return false;
  const { message, meant } = problem;
  const edit = meant === undefined ? undefined : replaceValue(editPlaceOf(place), path, meant);
  const title = `write \`${meant ?? ""}\``;
  const fix = edit && { title, safe: SURE_WORDS.has(String(type)), edits: [edit] };
  const remedy = meant && title;
  issues.add(ISSUE_KINDS.badForm, path, tree.locate(path), message, remedy, fix);
  return false;
}

interface FieldProblem {
  readonly message: string;
  /** The word that is meant. */
  readonly meant?: string;
}

function problemOfValues(values: readonly unknown[]): FieldProblem | undefined {
  if (values.length === 0) return { message: "the list of allowed values is empty" };
  return values.some((each) => typeof each === "object" && each !== null)
    ? { message: "the allowed values of a field are texts, numbers, true, false or null" }
    : undefined;
}

/** Words that other systems use for the types of a short form. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ["bool", "boolean"],
  ["date", "string"],
  ["dict", "object"],
  ["double", "number"],
  ["float", "number"],
  ["int", "integer"],
  ["list", "array"],
  ["map", "object"],
  ["markdown", "string"],
  ["str", "string"],
  ["text", "string"],
]);

/** The words among them that mean exactly the same, so that a fix is safe. */
const SURE_WORDS: ReadonlySet<string> = new Set(
  ["bool", "float", "int", "str"].flatMap((word) => [word, `${word}?`]),
);

function problemOfWord(type: unknown): FieldProblem | undefined {
  if (typeof type !== "string")
    return { message: `${quoted(JSON.stringify(type) ?? "")} is not a type of a field` };
  const mark = type.endsWith("?") ? "?" : "";
  const word = mark === "" ? type : type.slice(0, -1);
  if (Object.hasOwn(SHORT_TYPES, word)) return undefined;
  const bare = word.toLowerCase();
  const known =
    SYNONYMS.get(bare) ??
    (bare.endsWith("[]") ? "array" : new Suggester().nearest(bare, Object.keys(SHORT_TYPES)));
  const message = `${quoted(type.slice(0, 80))} is not a type of a field`;
  return known === undefined ? { message } : { message, meant: `${known}${mark}` };
}
