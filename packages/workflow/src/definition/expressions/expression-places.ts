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
  if (typeof written !== "object" || written === null || Array.isArray(written)) return;
  // Most steps have few of these keys.
  for (const [key, value] of Object.entries(written) as [string, unknown][])
    switch (key) {
      case "if":
        yield* fieldAt(step, key, value, [...path, key]);
        break;
      case "foreach":
        yield* foreachPlaces(step);
        break;
      case "loop":
        yield* fieldAt(step, "until", ownValue(value, "until"), [...path, key, "until"]);
        break;
      case "agentId":
        if (typeof value === "object")
          yield* fieldAt(step, "choice", ownValue(value, "from"), [...path, key, "from"]);
        break;
      case "task":
      case "with":
      case "files":
      case "outputs":
        if (typeof value !== "string" || value.includes(OPEN))
          yield* textsIn({ role: key, step }, value, [...path, key]);
        break;
      case "run":
        yield* runPlaces(step);
    }
}

function fieldAt(
  step: StepNode,
  role: PlaceRole,
  text: unknown,
  path: Path,
): readonly ExpressionPlace[] {
  return typeof text === "string" ? [{ role, step, path, text, isField: true }] : [];
}

/** Yields the texts of the outputs of a workflow. */
export function* outputPlaces(workflow: unknown): Generator<ExpressionPlace, void, undefined> {
  const place = { role: "outputs", step: undefined } as const;
  yield* textsIn(place, ownValue(workflow, "outputs"), ["outputs"]);
}

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

function* foreachPlaces(step: StepNode): Generator<ExpressionPlace, void, undefined> {
  const foreach = foreachOf(step);
  if (foreach === undefined) return;
  const { items, itemsPath, key, keyPath } = foreach;
  if (typeof items === "string") yield* fieldAt(step, "foreach", items, itemsPath);
  else yield* textsIn({ role: "item", step }, items, itemsPath);
  yield* fieldAt(step, "key", key, keyPath);
}

function* runPlaces(step: StepNode): Generator<ExpressionPlace, void, undefined> {
  const { written, path } = step;
  const run = ownValue(written, "run");
  const isList = Array.isArray(run);
  const command: unknown = isList ? run : ownValue(run, "command");
  const commandPath = isList ? [...path, "run"] : [...path, "run", "command"];
  // The program itself never comes from a value: that is an issue of the schema.
  if (Array.isArray(command))
    for (const [at, argument] of command.entries())
      if (at > 0) yield* textsIn({ role: "argument", step }, argument, [...commandPath, at]);
  for (const role of ["env", "dir", "input"] as const)
    yield* textsIn({ role, step }, ownValue(run, role), [...path, "run", role]);
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
