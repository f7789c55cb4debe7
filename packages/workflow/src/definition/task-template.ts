import { quoted } from "@automatosx/source";
import { MAX_TASK_CHARS } from "./definition-limits.js";

/** The path of a value: `steps.build.output.files[0]`, or `context["my key"]`. */
export interface TaskReference {
  /** Where the value comes from. */
  readonly source: "steps" | "inputs" | "context";
  /** The step's id, the input's name, or the context's key. */
  readonly name: string;
  /** The rest of the path; for a step, what follows `output`. */
  readonly path: readonly (string | number)[];
  /** The whole path as written. It starts at `offset` in the task. */
  readonly text: string;
  /** The position of the reference in the task, in characters. */
  readonly offset: number;
}

/** Why a piece of a task is not a reference. `offset` is a position in the task's text. */
interface TemplateProblem {
  /** `unknown` is a path that does not begin with `steps`, `inputs` or `context`. */
  readonly kind: "invalid" | "unknown" | "unclosed";
  readonly message: string;
  readonly offset: number;
  readonly length: number;
  /** Where the text after `${{` begins. */
  readonly start: number;
}

/** A task in pieces: literal text and references. */
interface TaskTemplate {
  readonly parts: readonly (string | TaskReference)[];
  readonly problems: readonly TemplateProblem[];
}

/** The values that the references in a task refer to. */
export interface TaskValues {
  /** Returns the result of a step, or undefined if it has none. */
  readonly results: (stepId: string) => unknown;
  /** The run's inputs, by name. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The run's context, by key. */
  readonly context: Readonly<Record<string, unknown>>;
}

/** The text of a task with every reference replaced, or why it cannot be rendered. */
export type RenderedTask =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly error: string };

const TOO_LONG =
  `the task, with the values of its references, is longer than the limit of ${MAX_TASK_CHARS} ` +
  "characters. Write large values to files, and refer to the paths of the files";

/** Maximum length of a path in a message, in characters. */
const MAX_PATH_LENGTH = 200;

const OPEN = "${{";
const CLOSE = "}}";
const SPACE = /\s*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_-]*/y;
const INDEX = /\[(\d{1,9})\]/y;
/** A key that is not a name, such as `["my key"]`. It has no escapes. */
const KEY = /\[(?:"([^"\\\n]{1,1024})"|'([^'\\\n]{1,1024})')\]/y;

/**
 * Parses a task. Between `${{` and `}}` only a single path is allowed. `$${{` is a literal `${{`.
 */
function parseTask(task: string): TaskTemplate {
  const parts: (string | TaskReference)[] = [];
  const problems: TemplateProblem[] = [];
  let textStart = 0;
  for (let at = task.indexOf(OPEN); at >= 0; at = task.indexOf(OPEN, at)) {
    if (at > textStart && task[at - 1] === "$") {
      parts.push(task.slice(textStart, at - 1), OPEN);
      at += OPEN.length;
      textStart = at;
      continue;
    }
    const close = task.indexOf(CLOSE, at);
    if (close < 0) {
      problems.push({
        kind: "unclosed",
        message: "this `${{` is not closed",
        offset: at,
        length: OPEN.length,
        start: at + OPEN.length,
      });
      break;
    }
    parts.push(task.slice(textStart, at));
    const reader = new PathReader(task, at + OPEN.length);
    const reference = reader.read();
    if ("kind" in reference) problems.push(reference);
    else parts.push(reference);
    // A key may contain braces.
    at = "kind" in reference ? close + CLOSE.length : reader.end;
    textStart = at;
  }
  parts.push(task.slice(textStart));
  return { parts, problems };
}

/** The references of a task, in order. Pieces that are not references are omitted. */
export function taskReferences(task: string): readonly TaskReference[] {
  return parseTask(task).parts.filter((part) => typeof part !== "string");
}

/** Reads one path and the `}}` after it. */
class PathReader {
  readonly #task: string;
  readonly #start: number;
  #at: number;

  constructor(task: string, at: number) {
    this.#task = task;
    this.#start = at;
    this.#at = at;
  }

  /** Where the text after the reference begins. */
  get end(): number {
    return this.#at;
  }

  read(): TaskReference | TemplateProblem {
    this.#take(SPACE);
    const offset = this.#at;
    const root = this.#take(NAME);
    if (root !== "steps" && root !== "inputs" && root !== "context") {
      if (root === undefined) return this.#problem("expected `steps.`, `inputs.` or `context.`");
      return {
        kind: "unknown",
        message: `${quoted(root)} is not one of steps, inputs, context`,
        offset,
        length: root.length,
        start: this.#start,
      };
    }
    const first = this.#field();
    if (first === undefined)
      return this.#problem(
        `expected \`.\` and ${root === "steps" ? "a step's id" : "a name"} after \`${root}\``,
      );
    const afterName = this.#at;
    if (root === "steps" && this.#field() !== "output")
      return this.#problem("expected `.output` after the step's id", afterName);
    const path: (string | number)[] = [];
    for (let next = this.#element(); next !== undefined; next = this.#element()) path.push(next);
    const end = this.#at;
    this.#take(SPACE);
    if (!this.#task.startsWith(CLOSE, this.#at))
      return this.#problem(
        "expected `}}`: a reference is one path, such as `steps.ID.output.field[0]`",
      );
    this.#at += CLOSE.length;
    return { source: root, name: first, path, text: this.#task.slice(offset, end), offset };
  }

  #field(): string | undefined {
    if (this.#task[this.#at] === "[") {
      const [, double, single] = this.#match(KEY) ?? [];
      return double ?? single;
    }
    if (this.#task[this.#at] !== ".") return undefined;
    NAME.lastIndex = this.#at + 1;
    const name = NAME.exec(this.#task)?.[0];
    if (name !== undefined) this.#at = NAME.lastIndex;
    return name;
  }

  #element(): string | number | undefined {
    const index = this.#match(INDEX);
    return index === null ? this.#field() : Number(index[1]);
  }

  #take(pattern: RegExp): string | undefined {
    return this.#match(pattern)?.[0];
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#task);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }

  /** The problem spans the word at the offset or, if there is none, the character. */
  #problem(message: string, offset = this.#at): TemplateProblem {
    const length =
      /^(?:\.?[\w-]+|[^\w\s]{1,2}(?<!\}\})|\S)/.exec(this.#task.slice(offset, offset + 60))?.[0]
        .length ?? 1;
    return { kind: "invalid", message, offset, length, start: this.#start };
  }
}

/**
 * Renders the task: each reference is replaced with its value, a string unchanged and anything else
 * as compact JSON. Values are not parsed again: a result that contains `${{` remains plain text.
 */
export function renderTask(task: string, values: TaskValues): RenderedTask {
  const { parts, problems } = parseTask(task);
  const [problem] = problems;
  if (problem)
    return {
      ok: false,
      error: `${problem.message} (at character ${problem.offset + 1} of the task)`,
    };
  const texts: string[] = [];
  let length = 0;
  for (const part of parts) {
    const rendered =
      typeof part === "string"
        ? ({ ok: true, text: part } as const)
        : renderReference(part, values);
    if (!rendered.ok) return rendered;
    texts.push(rendered.text);
    length += rendered.text.length;
    if (length > MAX_TASK_CHARS) return { ok: false, error: TOO_LONG };
  }
  return { ok: true, text: texts.join("") };
}

function renderReference(reference: TaskReference, values: TaskValues): RenderedTask {
  const found = lookUp(reference, values);
  if (!found.ok) return { ok: false, error: found.why() };
  if (typeof found.value === "string") return { ok: true, text: found.value };
  try {
    const json = JSON.stringify(found.value) as string | undefined;
    if (json !== undefined) return { ok: true, text: json };
  } catch {
    // `JSON.stringify` throws for some values that are not JSON, and returns undefined for others.
  }
  return { ok: false, error: `${quotedPath(reference.text)} is not JSON` };
}

/** Returns whether a reference has no value. */
export function isMissing(reference: TaskReference, values: TaskValues): boolean {
  return !lookUp(reference, values).ok;
}

/** Returns why a reference has no value, or undefined if it has one. */
export function whyMissing(reference: TaskReference, values: TaskValues): string | undefined {
  const found = lookUp(reference, values);
  return found.ok ? undefined : found.why();
}

type Found =
  | { readonly ok: true; readonly value: unknown }
  // Worded only on demand: to describe a map with many keys takes longer than to look one up.
  | { readonly ok: false; readonly why: () => string };

function lookUp({ source, name, path }: TaskReference, values: TaskValues): Found {
  let walked: string = source;
  let value: unknown;
  if (source === "steps") {
    value = values.results(name);
    walked = `steps.${name}.output`;
    if (value === undefined) {
      const error = `${quotedPath(walked)} is missing: the step has no result`;
      return { ok: false, why: () => error };
    }
  } else {
    const found = member(values[source], name, walked);
    if (!found.ok) return found;
    value = found.value;
    walked = `${source}${written(name)}`;
  }
  for (const element of path) {
    const found = member(value, element, walked);
    if (!found.ok) return found;
    value = found.value;
    walked += written(element);
  }
  return { ok: true, value };
}

/**
 * Looks up one element of a path among own properties only: `constructor` and `length` are missing
 * unless the data contains them.
 */
function member(value: unknown, element: string | number, walked: string): Found {
  if (typeof element === "number" && Array.isArray(value)) {
    if (element < value.length) return { ok: true, value: value[element] };
  } else if (typeof element === "string" && isMap(value) && Object.hasOwn(value, element)) {
    return { ok: true, value: value[element] };
  }
  const asked = `${walked}${written(element)}`;
  const why = () => `${quotedPath(asked)} is missing: ${quotedPath(walked)} ${describe(value)}`;
  return { ok: false, why };
}

/** Writes an element of a path: `.name`, `[0]` or `["my key"]`. */
export function written(element: string | number): string {
  if (typeof element === "number") return `[${element}]`;
  if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(element)) return `.${element}`;
  return element.includes('"') ? `['${element}']` : `["${element}"]`;
}

/** A path may be as long as its task. Its end is what differs from what exists. */
function quotedPath(path: string): string {
  return path.length <= MAX_PATH_LENGTH ? `\`${path}\`` : `\`…${path.slice(1 - MAX_PATH_LENGTH)}\``;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return `is a list of ${value.length}`;
  if (value === null) return "is null";
  if (typeof value === "string") return "is text";
  if (!isMap(value)) return `is a ${typeof value}`;
  const keys = Object.keys(value);
  if (keys.length === 0) return "is empty";
  const more = keys.length > 8 ? ` and ${keys.length - 8} more` : "";
  return `has ${keys.slice(0, 8).map(quoted).join(", ")}${more}`;
}
