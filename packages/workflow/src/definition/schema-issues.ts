import { type IssueKind, type Path, replaceValue } from "@automatosx/source";
import { type Schema, type SchemaProblem, Schemas, ValueTypes } from "../core/expressions.js";
import type { DefinitionFix } from "../errors.js";
import { type CheckPlace, editPlaceOf } from "./check-place.js";
import { inputKeywords } from "./input-keys.js";
import { ISSUE_KINDS } from "./issue-kinds.js";
import { mayHave } from "./may-have.js";
import { entriesOf, ownValue } from "./steps/own-value.js";
import { writtenLeaves } from "./steps/written-leaves.js";

/**
 * Checks the JSON Schemas of a workflow: those of answers and of inputs, and the defaults of inputs
 * against theirs. `isReported` says whether something at a path, or below it, has been reported.
 */
export function checkSchemas(
  value: unknown,
  place: CheckPlace,
  isReported: (path: Path) => boolean,
): void {
  for (const { written, path, kind } of mayHave(place, "output") ? writtenLeaves(value) : []) {
    const output = ownValue(written, "output");
    if (!isMap(output)) continue;
    const schema = readSchema(output, [...path, "output"], place);
    if (kind === "check" && schema !== undefined && ownValue(written, "run") === undefined)
      checkVerdict(output, [...path, "output"], place);
  }
  for (const [name, input] of entriesOf(ownValue(value, "inputs")))
    if (isMap(input)) checkInput(input, ["inputs", name], place, isReported);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An agent that judges an answer says so in a boolean `pass`. */
function checkVerdict(
  output: Readonly<Record<string, unknown>>,
  path: Path,
  { issues, tree }: CheckPlace,
): void {
  // Of several schemas, one may have it.
  if (["anyOf", "oneOf", "enum", "const"].some((key) => ownValue(output, key) !== undefined))
    return;
  const pass = ownValue(ownValue(output, "properties"), "pass");
  const read = isMap(pass) ? Schemas.read(pass) : undefined;
  if (read?.ok === true && ValueTypes.canBe(Schemas.typeOf(read.schema), "boolean")) return;
  const message = "the answer of a check needs a boolean `pass`";
  const remedy = "add `pass: { type: boolean }` to its properties, or remove `output`";
  issues.add(ISSUE_KINDS.badSchema, path, tree.locate(path), message, remedy);
}

function checkInput(
  input: Readonly<Record<string, unknown>>,
  path: Path,
  place: CheckPlace,
  isReported: (path: Path) => boolean,
): void {
  const keywords = inputKeywords(input).filter(([key]) => !isReported([...path, key]));
  // An input that declares only a type of version 0.1.0 has been checked.
  const isPlain = keywords.every(([key]) => key === "type") && typeof input["type"] === "string";
  if (isPlain || keywords.length === 0) return;
  const schema = readSchema(Object.fromEntries(keywords), path, place);
  const isDefaultWrong = isReported([...path, "default"]);
  if (schema === undefined || !Object.hasOwn(input, "default") || isDefaultWrong) return;
  const [misfit] = Schemas.validate(schema, input["default"]);
  if (misfit === undefined) return;
  const at = [...path, "default", ...misfit.path];
  const message = `the default does not fit the schema of its input: ${misfit.message}`;
  const remedy = "change the default, or the schema of the input";
  place.issues.add(ISSUE_KINDS.badDefault, at, place.tree.locate(at), message, remedy);
}

/** Reads a schema, and reports its problems at their places. */
export function readSchema(
  written: Readonly<Record<string, unknown>>,
  path: Path,
  place: CheckPlace,
): Schema | undefined {
  const read = Schemas.read(written);
  if (read.ok) return read.schema;
  for (const problem of read.problems) addProblem(problem, path, place);
  return undefined;
}

/** The kinds of the problems of schemas, by code. */
const KINDS: ReadonlyMap<string, IssueKind> = new Map(
  [ISSUE_KINDS.badSchema, ISSUE_KINDS.schemaOfProperties, ISSUE_KINDS.largeSchema].map((kind) => [
    kind.code,
    kind,
  ]),
);

function addProblem(problem: SchemaProblem, base: Path, place: CheckPlace): void {
  const path = [...base, ...problem.path];
  const { issues, tree } = place;
  const kind = KINDS.get(problem.code) ?? ISSUE_KINDS.badSchema;
  const span = tree.locate(path, problem.isKey ? "key" : "value");
  issues.add(kind, path, span, problem.message, problem.remedy, fixOf(problem, base, place));
}

function fixOf(
  { code, replacement }: SchemaProblem,
  base: Path,
  place: CheckPlace,
): DefinitionFix | undefined {
  if (replacement === undefined) return undefined;
  const path = [...base, ...replacement.path];
  const edit = replaceValue(editPlaceOf(place), path, replacement.value);
  if (edit === undefined) return undefined;
  // What properties in place of a schema mean is certain; another keyword is a guess.
  const safe = code === ISSUE_KINDS.schemaOfProperties.code;
  const title = `write \`${edit.text.length <= 60 ? edit.text : `${edit.text.slice(0, 59)}…`}\``;
  return { title, safe, edits: [edit] };
}
