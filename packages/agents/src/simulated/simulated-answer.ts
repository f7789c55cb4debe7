import { taskReferences } from "@automatosx/workflow";

/** The tasks of a workflow, in which references say what each step's result must contain. */
export interface TaskTexts {
  readonly steps: readonly { readonly task: string }[];
}

/** A path from a step's result to a value: `["files", 0, "name"]`. */
export type ResultPath = readonly (string | number)[];

/** Lists are made up to this length. A task that reads beyond it fails, as with a real agent. */
const MAX_LIST_LENGTH = 1000;

/** The levels of a made-up result. A task that reads a deeper value fails, as with a real agent. */
const MAX_DEPTH = 200;

/** The parts of a value that tasks read, by field or index. Empty if only the whole is read. */
type Parts = Map<string | number, Parts>;

/** The paths that the tasks of a workflow read from the results of its steps, by step id. */
export function pathsReadByTasks({ steps }: TaskTexts): ReadonlyMap<string, readonly ResultPath[]> {
  const paths = new Map<string, ResultPath[]>();
  for (const { task } of steps) {
    for (const { source, name, path } of taskReferences(task)) {
      if (source !== "steps" || path.length === 0 || path.length > MAX_DEPTH) continue;
      const known = paths.get(name);
      if (known === undefined) paths.set(name, [path]);
      else known.push(path);
    }
  }
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
  const parts: Parts = new Map();
  for (const path of paths) addPath(parts, path);
  if (!isList(parts)) return objectOf(own, parts, label);
  return listOf(parts, label, (item, name) =>
    isList(item) ? valueOf(item, name) : objectOf(own, item, name),
  );
}

function addPath(root: Parts, path: ResultPath): void {
  let parts = root;
  for (const element of path) {
    const part = parts.get(element) ?? new Map();
    parts.set(element, part);
    parts = part;
  }
}

function isList(parts: Parts): boolean {
  return parts.size > 0 && [...parts.keys()].every((element) => typeof element === "number");
}

function valueOf(parts: Parts, label: string): unknown {
  if (parts.size === 0) return label;
  return isList(parts) ? listOf(parts, label, valueOf) : objectOf({}, parts, label);
}

// A path may name any field, so the fields are collected in a map: `__proto__` is an ordinary key.
function objectOf(own: Readonly<Record<string, unknown>>, parts: Parts, label: string): unknown {
  const fields = new Map<string, unknown>(Object.entries(own));
  for (const [element, part] of parts) {
    if (typeof element !== "string" || isMark(element, part, own)) continue;
    fields.set(element, valueOf(part, `${label}.${element}`));
  }
  return Object.fromEntries(fields);
}

// The mark is kept in any case, and another own field unless a part of it is read.
function isMark(field: string, parts: Parts, own: Readonly<Record<string, unknown>>): boolean {
  return Object.hasOwn(own, field) && (field === "simulated" || parts.size === 0);
}

function listOf(
  parts: Parts,
  label: string,
  itemOf: (item: Parts, label: string) => unknown,
): unknown[] {
  const indexes = [...parts.keys()].filter((index) => Number(index) < MAX_LIST_LENGTH);
  const length = Math.max(-1, ...indexes.map(Number)) + 1;
  return Array.from({ length }, (_, index) =>
    itemOf(parts.get(index) ?? new Map(), `${label}[${index}]`),
  );
}
