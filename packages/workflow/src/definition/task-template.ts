import {
  type Expression,
  type ExpressionBindings,
  type ExpressionReference,
  Expressions,
  References,
  Templates,
} from "../core/expressions.js";

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

/** The values that the references in a task refer to. */
export interface TaskValues {
  /** Returns the result of a step, or undefined if it has none. */
  readonly results: (stepId: string) => unknown;
  /** The run's inputs, by name. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The run's context, by key. */
  readonly context: Readonly<Record<string, unknown>>;
}

/** The text of a task with every template replaced, or why it cannot be rendered. */
export type RenderedTask =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly error: string };

/**
 * The references of a task to results, inputs and the context, in order, those inside larger
 * expressions included. Pieces that are not expressions are omitted.
 */
export function taskReferences(task: string): readonly TaskReference[] {
  return Templates.parse(task).parts.flatMap((part) =>
    typeof part === "string"
      ? []
      : References.ofExpression(part.expression).flatMap(
          (reference) => asTaskReference(reference, task) ?? [],
        ),
  );
}

function asTaskReference(
  { root, path: [name, ...rest], span }: ExpressionReference,
  task: string,
): TaskReference | undefined {
  if (typeof name !== "string") return undefined;
  const [offset, text] = [span.start, task.slice(span.start, span.end)];
  if (root === "inputs" || root === "context")
    return { source: root, name, path: rest, text, offset };
  const [field, ...path] = rest;
  return root === "steps" && field === "output"
    ? { source: root, name, path, text, offset }
    : undefined;
}

/**
 * Renders the task as the engine does: each template is replaced with the value of its expression,
 * a text unchanged and anything else as compact JSON. Values are not parsed again: a result that
 * contains `${{` remains plain text. Names of items, rounds and runs have no value here.
 */
export function renderTask(task: string, values: TaskValues): RenderedTask {
  const { parts, problems } = Templates.parse(task);
  const [problem] = problems;
  if (problem !== undefined)
    return {
      ok: false,
      error: `${problem.message} (at character ${problem.span.start + 1} of the task)`,
    };
  const rendered = Templates.render(parts, bindingsOf(values));
  return rendered.ok ? rendered : { ok: false, error: rendered.failure.message };
}

/** Returns whether a reference has no value. */
export function isMissing(reference: TaskReference, values: TaskValues): boolean {
  return whyMissing(reference, values) !== undefined;
}

/** Returns why a reference has no value, or undefined if it has one. */
export function whyMissing({ text }: TaskReference, values: TaskValues): string | undefined {
  const evaluated = Expressions.evaluate(expressionOf(text), bindingsOf(values));
  return evaluated.ok ? undefined : evaluated.failure.message;
}

function expressionOf(path: string): Expression {
  const parsed = Expressions.parse(path);
  if (!parsed.ok) throw new Error(`\`${path}\` is not the path of a reference`);
  return parsed.expression;
}

function bindingsOf({ results, inputs, context }: TaskValues): ExpressionBindings {
  return {
    name: (name) => (name === "inputs" ? inputs : name === "context" ? context : undefined),
    step: (stepId, field) => (field === "output" ? results(stepId) : undefined),
  };
}

/** Writes an element of a path: `.name`, `[0]` or `["my key"]`. */
export function written(element: string | number): string {
  if (typeof element === "number") return `[${element}]`;
  if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(element)) return `.${element}`;
  return element.includes('"') ? `['${element}']` : `["${element}"]`;
}
