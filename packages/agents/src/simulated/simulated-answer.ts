import { taskReferences } from "@automatosx/workflow";
import { pathsInExpressions, type ResultPath } from "./paths-in-expressions.js";

/** The texts of a workflow whose references say what each step's result must contain. */
export interface TaskTexts {
  /** The steps with their tasks. */
  readonly steps: readonly { readonly task: string }[];
  /** The handlers, whose tasks read results too. */
  readonly on?: Readonly<Record<string, readonly { readonly task: string }[]>>;
  /** The outputs of the workflow. */
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/**
 * The values that a made-up result may have, items of lists included. A task that reads another one
 * fails, as with a real agent.
 */
const MAX_VALUES = 10_000;

/** The levels of a made-up result. A task that reads a deeper value fails, as with a real agent. */
const MAX_DEPTH = 200;

/** The maximum length of the path in a made-up text. */
const MAX_LABEL_LENGTH = 100;

/** What tasks read of a value; empty if they read only the whole. */
interface Parts {
  readonly parts: Map<string | number, Parts>;
  /** The highest index that is read, plus 1. */
  length: number;
}

/** The paths that the texts of a workflow read from the results of its steps, by step id. */
export function pathsReadByTasks({
  steps,
  on = {},
  outputs = {},
}: TaskTexts): ReadonlyMap<string, readonly ResultPath[]> {
  const paths = new Map<string, ResultPath[]>();
  const add = (name: string, path: ResultPath): void => {
    if (path.length === 0 || path.length > MAX_DEPTH) return;
    const known = paths.get(name);
    if (known === undefined) paths.set(name, [path]);
    else known.push(path);
  };
  for (const step of [...steps, ...Object.values(on).flat()]) {
    for (const { source, name, path } of taskReferences(step.task))
      if (source === "steps") add(name, path);
    for (const { name, path } of pathsInExpressions(step)) add(name, path);
  }
  for (const { name, path } of pathsInExpressions({ outputs })) add(name, path);
  return paths;
}

/**
 * Returns an answer that has a value at each path. The answer is `own` with more fields or, if the
 * paths begin with an index, a list of such objects. A value that has no parts is the text
 * `label.path`. Of a value that is read both as an object and as a list, only the object is made.
 */
export function answerWith(
  own: Readonly<Record<string, unknown>>,
  paths: readonly ResultPath[],
  label: string,
): unknown {
  const root = noParts();
  let room = MAX_VALUES;
  for (const path of paths) {
    const valueCount = newValues(root, path);
    if (valueCount > room) continue;
    addPath(root, path);
    room -= valueCount;
  }
  return isList(root) ? listOf(root, label, own) : objectOf(own, root, label);
}

function noParts(): Parts {
  return { parts: new Map(), length: 0 };
}

/** How many values a path adds. */
function newValues(root: Parts, path: ResultPath): number {
  let at: Parts | undefined = root;
  let valueCount = 0;
  for (const element of path) {
    const known: Parts | undefined = at?.parts.get(element);
    if (typeof element === "number") valueCount += Math.max(0, element + 1 - (at?.length ?? 0));
    else if (known === undefined) valueCount += 1;
    at = known;
  }
  return valueCount;
}

function addPath(root: Parts, path: ResultPath): void {
  let at = root;
  for (const element of path) {
    if (typeof element === "number") at.length = Math.max(at.length, element + 1);
    const part = at.parts.get(element) ?? noParts();
    at.parts.set(element, part);
    at = part;
  }
}

function isList({ parts }: Parts): boolean {
  return parts.size > 0 && [...parts.keys()].every((element) => typeof element === "number");
}

function valueOf(value: Parts, label: string): unknown {
  if (value.parts.size > 0)
    return isList(value) ? listOf(value, label) : objectOf({}, value, label);
  return label.length <= MAX_LABEL_LENGTH ? label : `${label.slice(0, MAX_LABEL_LENGTH)}…`;
}

// A path may name any field, so the fields are collected in a map: `__proto__` is an ordinary key.
function objectOf(
  own: Readonly<Record<string, unknown>>,
  { parts }: Parts,
  label: string,
): unknown {
  const fields = new Map<string, unknown>(Object.entries(own));
  for (const [element, part] of parts) {
    if (typeof element !== "string" || isKept(own, element, part)) continue;
    fields.set(element, valueOf(part, `${label}.${element}`));
  }
  return Object.fromEntries(fields);
}

// The mark is kept in any case, and another own field unless a part of it is read.
function isKept(own: Readonly<Record<string, unknown>>, field: string, { parts }: Parts): boolean {
  return Object.hasOwn(own, field) && (field === "simulated" || parts.size === 0);
}

// With `own`, each item that is not a list itself is an object with the own fields.
function listOf(
  { parts, length }: Parts,
  label: string,
  own?: Readonly<Record<string, unknown>>,
): unknown[] {
  return Array.from({ length }, (_, index) => {
    const [item, name] = [parts.get(index) ?? noParts(), `${label}[${index}]`];
    if (own === undefined) return valueOf(item, name);
    return isList(item) ? listOf(item, name, own) : objectOf(own, item, name);
  });
}
