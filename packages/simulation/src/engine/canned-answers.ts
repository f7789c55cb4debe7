import type { WorkflowDefinition } from "@automatosx/schemas";
import { textHash } from "../text-hash.js";
import type { Answer } from "./answer.js";

const NAME = String.raw`[A-Za-z_][\w-]*`;
const PATH = String.raw`(?:\.${NAME}|\[\d{1,9}\])*`;

// References in a task: `${{ steps.build.output.files[0] }}`, `${{ inputs.server.url }}`.
const REFERENCE = new RegExp(
  String.raw`\$\{\{\s*(?:steps\.(${NAME})\.output|(inputs|context)\.(${NAME}))(${PATH})\s*\}\}`,
  "g",
);
const ELEMENT = /\.([A-Za-z_][\w-]*)|\[(\d{1,9})\]/g;

/**
 * The highest index for which list items are made up. A task that reads beyond it fails, as with a
 * real agent.
 */
const MAX_LIST_LENGTH = 1000;

type Path = readonly (string | number)[];

/** The paths that tasks read from a step's result, an input or the context, by id, name or key. */
function wantedPaths(
  definition: WorkflowDefinition,
  of: "steps" | "inputs" | "context",
): ReadonlyMap<string, readonly Path[]> {
  const wanted = new Map<string, Path[]>();
  for (const { task } of definition.steps) {
    for (const [, stepId, source = "steps", key, path = ""] of task.matchAll(REFERENCE)) {
      const name = stepId ?? key;
      if (name === undefined || source !== of) continue;
      const elements = [...path.matchAll(ELEMENT)].map(
        ([, field, index]) => field ?? Number(index),
      );
      wanted.set(name, [...(wanted.get(name) ?? []), elements]);
    }
  }
  return wanted;
}

/**
 * Answers of simulated agents: an object with the step's id, a hash of the step's input, and every
 * field that another step's task reads from it.
 */
export function cannedAnswer(definition: WorkflowDefinition): Answer {
  const wanted = wantedPaths(definition, "steps");
  return (stepId, previousResults, restores) => {
    const given = textHash(JSON.stringify(previousResults)).toString(16);
    const answer: unknown = { step: stepId, given, ...(restores > 0 && { restores }) };
    return filled(answer, wanted.get(stepId), stepId);
  };
}

/**
 * Values of the declared types for the inputs that a run or a task needs, with the fields that
 * tasks read from them.
 */
export function cannedInputs(definition: WorkflowDefinition): Readonly<Record<string, unknown>> {
  const wanted = wantedPaths(definition, "inputs");
  const needed = Object.entries(definition.inputs).filter(
    ([name, input]) => input.default === undefined && (input.required || wanted.has(name)),
  );
  return Object.fromEntries(
    needed.map(([name, { type }]) => [name, filled(SAMPLES[type], wanted.get(name), name)]),
  );
}

/** Values for context keys that tasks read and the file does not define. */
export function cannedContext(definition: WorkflowDefinition): Readonly<Record<string, unknown>> {
  const wanted = [...wantedPaths(definition, "context")].filter(
    ([key]) => !Object.hasOwn(definition.context, key),
  );
  return Object.fromEntries(
    wanted.map(([key, paths]) => [
      key,
      filled(paths.some((path) => path.length > 0) ? {} : key, paths, key),
    ]),
  );
}

const SAMPLES = {
  string: "text",
  number: 1,
  boolean: true,
  array: [],
  object: {},
  any: "text",
} as const;

function filled(value: unknown, paths: readonly Path[] = [], name: string): unknown {
  // A string or a number has no fields: a task that reads a field of one fails, as in a real run.
  if (typeof value !== "object") return value;
  return paths.reduce<unknown>(
    (whole, path) => withPath(whole, path, `${name} ${path.join(".")}`),
    value,
  );
}

function withPath(value: unknown, path: readonly (string | number)[], leaf: string): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value ?? leaf;
  if (typeof first === "number") {
    const list: unknown[] = Array.isArray(value) ? [...value] : [];
    if (first >= MAX_LIST_LENGTH) return list;
    while (list.length <= first) list.push(null);
    list[first] = withPath(list[first] ?? undefined, rest, leaf);
    return list;
  }
  const fields =
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.entries(value)
      : [];
  const map = new Map<string, unknown>(fields);
  map.set(first, withPath(map.get(first), rest, leaf));
  return Object.fromEntries(map);
}
