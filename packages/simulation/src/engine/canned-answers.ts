import type { WorkflowDefinition } from "@automatosx/schemas";
import type { Answer } from "./workflows.js";

// What other steps take from a result: `${{ steps.build.output.files[0] }}`.
const REFERENCE = /\$\{\{\s*steps\.([A-Za-z_][\w-]*)\.output((?:\.[A-Za-z_][\w-]*|\[\d{1,9}\])*)\s*\}\}/g;
const ELEMENT = /\.([A-Za-z_][\w-]*)|\[(\d{1,9})\]/g;

/** A place in a list beyond this is not filled: a file that asks for it fails as it would with any agent. */
const LONGEST_LIST = 1000;

/**
 * Answers of agents that are not there: an object that says which step it is of and what the step was given, with
 * every field that another step's task takes from it.
 */
export function cannedAnswer(definition: WorkflowDefinition): Answer {
  const wanted = new Map<string, (string | number)[][]>();
  for (const { task } of definition.steps) {
    for (const [, stepId = "", path = ""] of task.matchAll(REFERENCE)) {
      const elements = [...path.matchAll(ELEMENT)].map(([, field, index]) => field ?? Number(index));
      wanted.set(stepId, [...(wanted.get(stepId) ?? []), elements]);
    }
  }
  return (stepId, previousResults, restores) => {
    const given = hashOf(JSON.stringify(previousResults)).toString(16);
    const answer: unknown = { step: stepId, given, ...(restores > 0 && { restores }) };
    return (wanted.get(stepId) ?? []).reduce((whole, path) => withPath(whole, path, `${stepId} ${path.join(".")}`), answer);
  };
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
  const fields = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
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
