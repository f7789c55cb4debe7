import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { checkValue, type ValueProblem } from "./check-value.js";
import { asSchema, type Field, fieldsOf, type Schema, unescapePointer } from "./field.js";

/**
 * What was put into the fields of a form, as it was typed, and the value that this makes. A field
 * that is empty and not required is not part of the value.
 */
export class FormModel {
  /** The fields; a single one for JSON if the schema does not describe an object. */
  readonly fields: readonly Field[];
  /** Refuses changes: an answer is on its way. */
  readonly isLocked: Signal<boolean> = signal(false);
  readonly #schema: Schema;
  readonly #isWhole: boolean;
  readonly #inputs: ReadonlyMap<string, Signal<unknown>>;
  readonly #refused = signal<readonly ValueProblem[]>([]);
  readonly #shown = signal<ReadonlySet<string> | "all">(new Set());
  readonly #read: ReadonlySignal<Read>;
  readonly #problems: ReadonlySignal<readonly ValueProblem[]>;

  /** `initial` fills the fields; otherwise the defaults of the schema do. */
  constructor(schema: unknown, initial?: unknown) {
    this.#schema = asSchema(schema);
    const fields = fieldsOf(this.#schema);
    const isObject = this.#schema["type"] === "object" || this.#schema["type"] === undefined;
    this.#isWhole = fields.length === 0 && !(isObject && isClosed(this.#schema));
    this.fields = this.#isWhole ? [wholeField(this.#schema)] : fields;
    const inputs = new Map<string, Signal<unknown>>();
    for (const field of leavesOf(this.fields)) {
      const given = valueAt(initial, field.pointer);
      inputs.set(field.pointer, signal(inputFor(field, given ?? field.schema["default"])));
    }
    this.#inputs = inputs;
    this.#read = computed(() => this.#readAll());
    this.#problems = computed(() => {
      const { value, problems } = this.#read.value;
      const broken = new Set(problems.map(({ pointer }) => pointer));
      const checked = checkValue(this.#schema, value).filter(({ pointer }) => !broken.has(pointer));
      return [...problems, ...checked, ...this.#refused.value];
    });
  }

  /** What is in a field: the text, the chosen value, the chosen values, or whether it is ticked. */
  input(pointer: string): unknown {
    return this.#inputs.get(pointer)?.value;
  }

  /** What is typed into a field of text. */
  text(pointer: string): string {
    return textOf(this.input(pointer));
  }

  /** Changes a field. What the server said about it no longer holds. */
  change(pointer: string, input: unknown): void {
    const field = this.#inputs.get(pointer);
    if (field === undefined || this.isLocked.peek()) return;
    field.value = input;
    this.#refused.value = this.#refused.peek().filter((each) => !isAt(each.pointer, pointer));
  }

  /** Shows the problems of a field from now on: the reader has left it. */
  leave(pointer: string): void {
    const shown = this.#shown.peek();
    if (shown !== "all") this.#shown.value = new Set([...shown, pointer]);
  }

  /** The value. It is worth something only without problems. */
  get value(): ReadonlySignal<unknown> {
    return computed(() => this.#read.value.value);
  }

  get problems(): ReadonlySignal<readonly ValueProblem[]> {
    return this.#problems;
  }

  /** The problem to show at a field. */
  problemAt(pointer: string): string | undefined {
    const shown = this.#shown.value;
    const problems = this.#problems.value.filter((each) => isAt(each.pointer, pointer));
    const refused = this.#refused.value;
    return problems.find((each) => shown === "all" || shown.has(pointer) || refused.includes(each))
      ?.message;
  }

  /** The problems that belong to no field; an answer that was refused may have such. */
  get homeless(): readonly ValueProblem[] {
    const pointers = [...this.#inputs.keys()];
    return this.#problems.value.filter(
      ({ pointer }) => !pointers.some((each) => isAt(pointer, each)),
    );
  }

  /** Takes what the server says about the value. */
  refuse(problems: readonly ValueProblem[]): void {
    this.#refused.value = problems;
  }

  /** Shows every problem. Returns the pointer of the first field that has one, if there is one. */
  showProblems(): string | undefined {
    this.#shown.value = "all";
    return [...this.#inputs.keys()].find((each) =>
      this.#problems.peek().some(({ pointer }) => isAt(pointer, each)),
    );
  }

  #readAll(): Read {
    const problems: ValueProblem[] = [];
    if (this.#isWhole) {
      const [field] = this.fields;
      const value = field === undefined ? undefined : this.#readField(field, problems);
      return { value, problems };
    }
    return { value: this.#readObject(this.fields, problems), problems };
  }

  #readObject(fields: readonly Field[], problems: ValueProblem[]): Record<string, unknown> {
    const entries = fields.flatMap((field): [string, unknown][] => {
      const value = this.#readField(field, problems);
      const name = unescapePointer(field.pointer.slice(field.pointer.lastIndexOf("/") + 1));
      return value === undefined ? [] : [[name, value]];
    });
    return Object.fromEntries(entries);
  }

  #readField(field: Field, problems: ValueProblem[]): unknown {
    if (field.kind === "object") {
      const value = this.#readObject(field.fields, problems);
      return Object.keys(value).length === 0 && !field.isRequired ? undefined : value;
    }
    const input = this.#inputs.get(field.pointer)?.value;
    const read = readInput(field, input);
    if ("message" in read) {
      problems.push({ pointer: field.pointer, message: read.message });
      return undefined;
    }
    return read.value;
  }
}

interface Read {
  readonly value: unknown;
  readonly problems: readonly ValueProblem[];
}

function isClosed({ additionalProperties, properties }: Schema): boolean {
  return additionalProperties === false || properties !== undefined;
}

function wholeField(schema: Schema): Field {
  return { kind: "json", pointer: "", label: "Value", hint: "", isRequired: true, schema };
}

function leavesOf(fields: readonly Field[]): readonly Field[] {
  return fields.flatMap((field) => (field.kind === "object" ? leavesOf(field.fields) : [field]));
}

/** Whether a pointer is that of a field, or of something inside its value. */
function isAt(pointer: string, field: string): boolean {
  return pointer === field || pointer.startsWith(`${field}/`);
}

function valueAt(value: unknown, pointer: string): unknown {
  return pointer
    .split("/")
    .slice(1)
    .reduce<unknown>((inner, part) => asSchema(inner)[unescapePointer(part)], value);
}

/** What a field shows for a value. */
function inputFor(field: Field, value: unknown): unknown {
  switch (field.kind) {
    case "choice":
    case "boolean":
      return value;
    case "choices":
      return Array.isArray(value) ? value : [];
    case "json":
      return value === undefined ? "" : JSON.stringify(value, null, 2);
    default:
      return value === undefined || value === null ? "" : textOf(value);
  }
}

/** What is typed into a field, or was given for it, as text. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** What a field is worth; a message if what was typed is no value. */
function readInput(field: Field, input: unknown): { value: unknown } | { message: string } {
  const { kind, isRequired, schema } = field;
  switch (kind) {
    case "text":
      // An empty field is an empty text only where that is the default; otherwise it is no value.
      return { value: input === "" && schema["default"] !== "" ? undefined : input };
    case "number":
    case "integer":
      return readNumber(textOf(input).trim());
    case "boolean":
      return { value: input ?? (isRequired ? false : undefined) };
    case "choices":
      return {
        value: Array.isArray(input) && input.length === 0 && !isRequired ? undefined : input,
      };
    case "json":
      return readJson(textOf(input));
    default:
      return { value: input };
  }
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

function readNumber(text: string): { value: unknown } | { message: string } {
  if (text === "") return { value: undefined };
  if (!NUMBER.test(text)) return { message: `Must be a number; ${text} is not.` };
  return { value: Number(text) };
}

function readJson(text: string): { value: unknown } | { message: string } {
  if (text.trim() === "") return { value: undefined };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { message: `Must be JSON. ${error instanceof Error ? error.message : ""}`.trim() };
  }
}
