import type { Path } from "@automatosx/source";
import { entriesOf, ownValue } from "../steps/own-value.js";
import type { StepNode } from "../steps/step-tree.js";
import { attachedSteps, type WrittenAttached } from "../steps/written-leaves.js";

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
  | "input"
  /** The question of a gate, and what it shows. */
  | "ask"
  | "show"
  /** The result that an answer to a gate may replace. */
  | "editable"
  /** The instant that a step waits for. */
  | "instant"
  | "signal"
  | "reason"
  /** The condition of a check, and its message when the condition is false. */
  | "that"
  | "message";

/** A text that may contain expressions. */
export interface ExpressionPlace {
  readonly role: PlaceRole;
  /** Absent for the outputs of the workflow. For a text of an attached step, the attached step. */
  readonly step: StepNode | undefined;
  /** How the step with the text is attached, if it is. A check sees the answer as `output`. */
  readonly attached?: WrittenAttached;
  readonly path: Path;
  readonly text: string;
  /** Whether the whole text is an expression. Otherwise, expressions are in `${{ }}`. */
  readonly isField: boolean;
}

/** What begins an expression in a text. */
export const OPEN = "${{";

/** The owner of the texts of a map: a step, or a step attached to it. */
type Holder = Omit<ExpressionPlace, "role" | "path" | "text" | "isField">;

/** Yields every text of a step, except those of its inner steps, that may contain expressions. */
export function* placesOf(step: StepNode): Generator<ExpressionPlace, void, undefined> {
  const { written, path } = step;
  if (typeof written !== "object" || written === null || Array.isArray(written)) return;
  // Most steps have few of these keys.
  for (const [key, value] of Object.entries(written) as [string, unknown][])
    switch (key) {
      case "if":
        yield* fieldAt({ step }, key, value, [...path, key]);
        break;
      case "foreach":
        yield* foreachPlaces(step);
        break;
      case "loop":
        yield* fieldAt({ step }, "until", ownValue(value, "until"), [...path, key, "until"]);
        break;
      case "outputs":
        yield* textsIn({ role: key, step }, value, [...path, key]);
        break;
      case "gate":
        yield* textsIn({ role: "ask", step }, ownValue(value, "ask"), [...path, key, "ask"]);
        yield* textsIn({ role: "show", step }, ownValue(value, "show"), [...path, key, "show"]);
        yield* editableAt(step, ownValue(value, "editable"), [...path, key, "editable"]);
        break;
      case "wait":
        yield* instantAt(step, ownValue(value, "until"), [...path, key, "until"]);
        yield* textsIn({ role: "signal", step }, ownValue(value, "signal"), [
          ...path,
          key,
          "signal",
        ]);
        break;
      case "stop":
        yield* textsIn({ role: "reason", step }, ownValue(value, "reason"), [
          ...path,
          key,
          "reason",
        ]);
        break;
      case "check":
      case "reconcile":
        for (const attached of attachedSteps({ [key]: value }, path))
          yield* attachedPlaces(step, attached);
        break;
      case "task":
        if (typeof value !== "string" || value.includes(OPEN))
          yield* textsIn({ role: key, step }, value, [...path, key]);
        break;
      case "agentId":
        if (typeof value === "object") yield* requestPlaces({ step }, key, value, [...path, key]);
        break;
      case "with":
      case "files":
      case "run":
        yield* requestPlaces({ step }, key, value, [...path, key]);
    }
}

function* attachedPlaces(
  step: StepNode,
  attached: WrittenAttached,
): Generator<ExpressionPlace, void, undefined> {
  const { written, path } = attached;
  const holder = { step, attached };
  for (const [key, value] of entriesOf(written))
    if (key === "that") yield* fieldAt(holder, key, value, [...path, key]);
    else if (key === "message") yield* textsIn({ role: key, ...holder }, value, [...path, key]);
    else yield* requestPlaces(holder, key, value, [...path, key]);
}

/** Yields the texts of a key that determines what an agent or a program receives. */
function* requestPlaces(
  holder: Holder,
  key: string,
  value: unknown,
  path: Path,
): Generator<ExpressionPlace, void, undefined> {
  switch (key) {
    case "agentId":
      if (typeof value === "object")
        yield* fieldAt(holder, "choice", ownValue(value, "from"), [...path, "from"]);
      break;
    case "task":
    case "with":
    case "files":
      if (typeof value !== "string" || value.includes(OPEN))
        yield* textsIn({ role: key, ...holder }, value, path);
      break;
    case "run":
      yield* runPlaces(holder, value, path);
  }
}

function fieldAt(
  holder: Holder,
  role: PlaceRole,
  text: unknown,
  path: Path,
): readonly ExpressionPlace[] {
  return typeof text === "string" ? [{ role, ...holder, path, text, isField: true }] : [];
}

/** A text that names no result is reported by itself. */
function editableAt(step: StepNode, text: unknown, path: Path): readonly ExpressionPlace[] {
  if (typeof text !== "string" || !/^\s*(?:\$\{\{)?\s*steps\./u.test(text)) return [];
  return fieldAt({ step }, "editable", text, path);
}

/** The instant that a step waits for may also be a number. */
function instantAt(step: StepNode, until: unknown, path: Path): readonly ExpressionPlace[] {
  return fieldAt({ step }, "instant", typeof until === "number" ? String(until) : until, path);
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
  if (typeof items === "string") yield* fieldAt({ step }, "foreach", items, itemsPath);
  else yield* textsIn({ role: "item", step }, items, itemsPath);
  yield* fieldAt({ step }, "key", key, keyPath);
}

function* runPlaces(
  holder: Holder,
  run: unknown,
  path: Path,
): Generator<ExpressionPlace, void, undefined> {
  const isList = Array.isArray(run);
  const command: unknown = isList ? run : ownValue(run, "command");
  const commandPath = isList ? path : [...path, "command"];
  // The program itself never comes from a value: that is an issue of the schema.
  if (Array.isArray(command))
    for (const [at, argument] of command.entries())
      if (at > 0) yield* textsIn({ role: "argument", ...holder }, argument, [...commandPath, at]);
  for (const role of ["env", "dir", "input"] as const)
    yield* textsIn({ role, ...holder }, ownValue(run, role), [...path, role]);
}

/** Yields the texts in a JSON value that contain expressions. The value is not deep. */
function* textsIn(
  place: Holder & { readonly role: PlaceRole },
  value: unknown,
  path: Path,
): Generator<ExpressionPlace, void, undefined> {
  if (typeof value === "string") {
    if (value.includes(OPEN)) yield { ...place, path, text: value, isField: false };
  } else if (Array.isArray(value))
    for (const [at, item] of value.entries()) yield* textsIn(place, item, [...path, at]);
  else for (const [key, item] of entriesOf(value)) yield* textsIn(place, item, [...path, key]);
}
