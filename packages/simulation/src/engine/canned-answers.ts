import type { WorkflowDefinition } from "@automatosx/schemas";
import type { Answer } from "./workflows.js";

// What a task takes from elsewhere: `${{ steps.build.output.files[0] }}`, `${{ inputs.server.url }}`.
const REFERENCE =
  /\$\{\{\s*(?:steps\.([A-Za-z_][\w-]*)\.output|(inputs|context)\.([A-Za-z_][\w-]*))((?:\.[A-Za-z_][\w-]*|\[\d{1,9}\])*)\s*\}\}/g;
const ELEMENT = /\.([A-Za-z_][\w-]*)|\[(\d{1,9})\]/g;

/** A place in a list beyond this is not filled: a file that asks for it fails as it would with any agent. */
const LONGEST_LIST = 1000;

type Path = readonly (string | number)[];

/** The places that tasks take from a step's result, an input or the context, by its id, name or key. */
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
 * Answers of agents that are not there: an object that says which step it is of and what the step was given, with
 * every field that another step's task takes from it.
 */
export function cannedAnswer(definition: WorkflowDefinition): Answer {
  const wanted = wantedPaths(definition, "steps");
  return (stepId, previousResults, restores) => {
    const given = hashOf(JSON.stringify(previousResults)).toString(16);
    const answer: unknown = { step: stepId, given, ...(restores > 0 && { restores }) };
    return filled(answer, wanted.get(stepId), stepId);
  };
}

/** Values for the inputs that a run, or a task, cannot do without, of the types that are declared, with the fields that tasks take. */
export function cannedInputs(definition: WorkflowDefinition): Readonly<Record<string, unknown>> {
  const wanted = wantedPaths(definition, "inputs");
  const needed = Object.entries(definition.inputs).filter(
    ([name, input]) => input.default === undefined && (input.required || wanted.has(name)),
  );
  return Object.fromEntries(
    needed.map(([name, { type }]) => [name, filled(SAMPLES[type], wanted.get(name), name)]),
  );
}

/** Values for what tasks take from the context and the file does not give. */
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

const SAMPLES = { string: "text", number: 1, boolean: true, array: [], object: {} } as const;

function filled(value: unknown, paths: readonly Path[] = [], name: string): unknown {
  // A text or a number has no fields: a task that asks for one fails, as it would with any value of that type.
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
    if (first >= LONGEST_LIST) return list;
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

/** A number for a text: FNV-1a, 32 bits. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
