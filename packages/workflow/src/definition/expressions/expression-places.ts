import type { Path } from "@automatosx/source";
import { entriesOf, ownValue } from "../steps/own-value.js";
import type { StepNode } from "../steps/step-tree.js";

/** What a text is for, which decides what it may refer to and what it must give. */
export type PlaceRole =
  | "if"
  | "foreach"
  /** An entry of a list that is written under `foreach`. */
  | "item"
  | "key"
  | "until"
  | "outputs"
  | "choice"
  | "task"
  | "with"
  | "files"
  | "argument"
  | "env"
  | "dir"
  | "input";

/** A text that may contain expressions. */
export interface ExpressionPlace {
  readonly role: PlaceRole;
  /** Absent for the outputs of the workflow. */
  readonly step: StepNode | undefined;
  readonly path: Path;
  readonly text: string;
  /** Whether the whole text is an expression. Otherwise, expressions are in `${{ }}`. */
  readonly isField: boolean;
}

/** What begins an expression in a text. */
export const OPEN = "${{";

/** Yields every text of a step, except those of its inner steps, that may contain expressions. */
export function* placesOf(step: StepNode): Generator<ExpressionPlace, void, undefined> {
  const { written, path } = step;
  const field = (role: PlaceRole, value: unknown, at: Path): ExpressionPlace[] =>
    typeof value === "string" ? [{ role, step, path: at, text: value, isField: true }] : [];
  const texts = (role: PlaceRole, value: unknown, at: Path) => textsIn({ role, step }, value, at);

  yield* field("if", ownValue(written, "if"), [...path, "if"]);
  yield* foreachPlaces(step, field, texts);
  const loop = ownValue(written, "loop");
  yield* field("until", ownValue(loop, "until"), [...path, "loop", "until"]);
  const agent = ownValue(written, "agentId");
  yield* field("choice", ownValue(agent, "from"), [...path, "agentId", "from"]);
  for (const role of ["task", "with", "files", "outputs"] as const)
    yield* texts(role, ownValue(written, role), [...path, role]);
  yield* runPlaces(step, texts);
}

/** Yields the texts of the outputs of a workflow. */
export function* outputPlaces(workflow: unknown): Generator<ExpressionPlace, void, undefined> {
  const place = { role: "outputs", step: undefined } as const;
  yield* textsIn(place, ownValue(workflow, "outputs"), ["outputs"]);
}

type Places = (role: PlaceRole, value: unknown, at: Path) => Iterable<ExpressionPlace>;

/** The parts of `foreach`, which may be its keys or keys of the step. */
export interface WrittenForeach {
  /** An expression, or a list. */
  readonly items: unknown;
  readonly itemsPath: Path;
  readonly key: unknown;
  readonly keyPath: Path;
  /** The name of the item. */
  readonly as: unknown;
  readonly asPath: Path;
}

/** Returns the fan-out of a step, or undefined if it has none. */
export function foreachOf({ written, path }: StepNode): WrittenForeach | undefined {
  const foreach = ownValue(written, "foreach");
  if (foreach === undefined) return undefined;
  const isMap = typeof foreach === "object" && foreach !== null && !Array.isArray(foreach);
  const place = (name: string): { value: unknown; at: Path } => {
    const own = isMap ? ownValue(foreach, name) : undefined;
    return own === undefined
      ? { value: ownValue(written, name), at: [...path, name] }
      : { value: own, at: [...path, "foreach", name] };
  };
  const [key, as] = [place("key"), place("as")];
  return {
    items: isMap ? ownValue(foreach, "in") : foreach,
    itemsPath: isMap ? [...path, "foreach", "in"] : [...path, "foreach"],
    key: key.value,
    keyPath: key.at,
    as: as.value,
    asPath: as.at,
  };
}

function* foreachPlaces(
  step: StepNode,
  field: Places,
  texts: Places,
): Generator<ExpressionPlace, void, undefined> {
  const foreach = foreachOf(step);
  if (foreach === undefined) return;
  const { items, itemsPath, key, keyPath } = foreach;
  if (typeof items === "string") yield* field("foreach", items, itemsPath);
  else yield* texts("item", items, itemsPath);
  yield* field("key", key, keyPath);
}

function* runPlaces(
  { written, path }: StepNode,
  texts: Places,
): Generator<ExpressionPlace, void, undefined> {
  const run = ownValue(written, "run");
  const isList = Array.isArray(run);
  const command: unknown = isList ? run : ownValue(run, "command");
  const commandPath = isList ? [...path, "run"] : [...path, "run", "command"];
  // The program itself never comes from a value: that is an issue of the schema.
  if (Array.isArray(command))
    for (const [at, argument] of command.entries())
      if (at > 0) yield* texts("argument", argument, [...commandPath, at]);
  for (const role of ["env", "dir", "input"] as const)
    yield* texts(role, ownValue(run, role), [...path, "run", role]);
}

/** Yields the texts in a JSON value that contain expressions. The value is not deep. */
function* textsIn(
  place: { readonly role: PlaceRole; readonly step: StepNode | undefined },
  value: unknown,
  path: Path,
): Generator<ExpressionPlace, void, undefined> {
  if (typeof value === "string") {
    if (value.includes(OPEN)) yield { ...place, path, text: value, isField: false };
  } else if (Array.isArray(value))
    for (const [at, item] of value.entries()) yield* textsIn(place, item, [...path, at]);
  else for (const [key, item] of entriesOf(value)) yield* textsIn(place, item, [...path, key]);
}
