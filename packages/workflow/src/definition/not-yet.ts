import { type IssueList, type Path, quoted, type SourceTree } from "@automatosx/source";
import { STEP_ISSUES } from "./step-issue-kinds.js";
import { ownValue } from "./steps/own-value.js";

/** A construct that a definition can be written with. */
export type Construct =
  | "agentId.from"
  | "files"
  | "foreach"
  | "if"
  | "inputs schema"
  | "join"
  | "limits.fanOut"
  | "loop"
  | "order"
  | "output"
  | "outputs"
  | "reasks"
  | "run"
  | "steps"
  | "task.file"
  | "with";

/**
 * The constructs that can be written and that the engine does not execute yet. A definition that
 * uses one of them is refused. Remove a word to switch its construct on.
 */
export const NOT_YET: ReadonlySet<Construct> = new Set<Construct>([
  "agentId.from",
  "foreach",
  "if",
  "join",
  "limits.fanOut",
  "loop",
  "order",
  "outputs",
  "steps",
]);

/** Reports each construct that is in `NOT_YET`, at its key. */
export function refuseNotYet(value: unknown, tree: SourceTree, issues: IssueList): void {
  if (NOT_YET.size === 0) return;
  for (const [construct, path] of constructsOf(value)) {
    if (!NOT_YET.has(construct)) continue;
    if (issues.isFull) return;
    const message = `${quoted(construct)} is not in this version of the language`;
    const remedy = "remove it, or begin it with `x-` to keep it as a note";
    issues.add(STEP_ISSUES.notInThisVersion, path, tree.locate(path, "key"), message, remedy);
  }
}

type Found = readonly [construct: Construct, path: Path];

function* constructsOf(workflow: unknown): Generator<Found, void, undefined> {
  for (const key of ["order", "outputs"] as const)
    if (ownValue(workflow, key) !== undefined) yield [key, [key]];
  if (ownValue(ownValue(workflow, "limits"), "fanOut") !== undefined)
    yield ["limits.fanOut", ["limits", "fanOut"]];
  if (ownValue(ownValue(workflow, "defaults"), "reasks") !== undefined)
    yield ["reasks", ["defaults", "reasks"]];
  yield* inputsOf(ownValue(workflow, "inputs"));
  yield* stepsOf(ownValue(workflow, "steps"), ["steps"]);
}

const PLAIN_INPUT: ReadonlySet<string> = new Set(["type", "description", "default", "required"]);
const PLAIN_TYPES: ReadonlySet<unknown> = new Set([
  "string",
  "number",
  "boolean",
  "object",
  "array",
]);

function* inputsOf(inputs: unknown): Generator<Found, void, undefined> {
  if (typeof inputs !== "object" || inputs === null) return;
  for (const [name, input] of Object.entries(inputs)) {
    if (typeof input !== "object" || input === null) {
      if (input === "integer") yield ["inputs schema", ["inputs", name]];
      continue;
    }
    const key = Object.keys(input).find((each) => !PLAIN_INPUT.has(each) && !each.startsWith("x-"));
    const type = ownValue(input, "type");
    const isOther = type === "integer" || type === "null" || Array.isArray(type);
    if (key !== undefined) yield ["inputs schema", ["inputs", name, key]];
    else if (isOther && !PLAIN_TYPES.has(type)) yield ["inputs schema", ["inputs", name, "type"]];
    else if (Array.isArray(ownValue(input, "required")))
      yield ["inputs schema", ["inputs", name, "required"]];
  }
}

const STEP_KEYS = [
  "files",
  "foreach",
  "if",
  "join",
  "loop",
  "order",
  "output",
  "outputs",
  "reasks",
  "run",
  "steps",
  "with",
] as const;

function* stepsOf(steps: unknown, path: Path): Generator<Found, void, undefined> {
  if (!Array.isArray(steps)) return;
  for (const [index, step] of steps.entries()) {
    const at = [...path, index];
    for (const key of STEP_KEYS) if (ownValue(step, key) !== undefined) yield [key, [...at, key]];
    if (ownValue(ownValue(step, "task"), "file") !== undefined)
      yield ["task.file", [...at, "task"]];
    if (ownValue(ownValue(step, "agentId"), "from") !== undefined)
      yield ["agentId.from", [...at, "agentId"]];
    const dependencies = ownValue(step, "dependencies");
    if (Array.isArray(dependencies))
      for (const [place, entry] of dependencies.entries())
        if (typeof entry === "object" && entry !== null)
          yield ["join", [...at, "dependencies", place]];
    yield* stepsOf(ownValue(step, "steps"), [...at, "steps"]);
  }
}
