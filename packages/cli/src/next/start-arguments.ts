import { hasInputType, type InputDefinition } from "@automatosx/schemas";
import type { PreparedWorkflow } from "@automatosx/workflow";
import { typedValue } from "../typed-value.js";

/** The flags of `axw run`, as they were typed. */
export interface StartFlags {
  readonly input?: readonly string[];
  readonly inputs?: string;
  readonly context?: readonly string[];
  readonly agents?: string;
  readonly concurrency?: number;
  readonly runId?: string;
  readonly durability?: string;
  readonly json?: boolean;
  readonly ui?: string;
}

type Workflow = Pick<PreparedWorkflow, "definition" | "references">;
type Values = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

export interface StartArguments {
  /** The words after `axw run FILE`, without `--agents`. */
  readonly args: readonly string[];
  /** Whether the words contain a placeholder. */
  readonly hasPlaceholders: boolean;
}

/** The flags of `axw run` that are not values of the run, with their defaults. */
const OTHER_FLAGS = [
  ["--concurrency", "concurrency", 8],
  ["--run-id", "runId", undefined],
  ["--durability", "durability", "full"],
  ["--ui", "ui", undefined],
] as const;

/**
 * The words that start a workflow with the flags that were typed. A value that the workflow needs
 * and that is missing, or does not have its type, becomes a placeholder whose shape follows from
 * the type. Inputs that the workflow does not declare are left out. `inFile` contains the inputs of
 * `--inputs FILE`.
 */
export function startArguments(
  workflow: Workflow,
  flags: StartFlags = {},
  inFile: Values = {},
): StartArguments {
  const placeholders: string[] = [];
  const add = (flag: string, name: string, shape: string): string[] => {
    placeholders.push(name);
    return [flag, `${name}=${shape}`];
  };
  const inputs = inputArguments(workflow, { typed: pairsOf(flags.input), inFile }, add);
  const context = contextArguments(workflow, pairsOf(flags.context), add);
  const file = flags.inputs === undefined ? [] : ["--inputs", flags.inputs];
  const others = OTHER_FLAGS.flatMap(([flag, key, standard]) => {
    const value = flags[key];
    return value === undefined || value === standard ? [] : [flag, String(value)];
  });
  const json = flags.json === true ? ["--json"] : [];
  return {
    args: [...file, ...inputs, ...context, ...others, ...json],
    hasPlaceholders: placeholders.length > 0,
  };
}

type Add = (flag: string, name: string, shape: string) => string[];

function inputArguments(
  { definition, references }: Workflow,
  { typed, inFile }: { readonly typed: ReadonlyMap<string, string>; readonly inFile: Values },
  add: Add,
): string[] {
  return Object.entries(definition.inputs).flatMap(([name, input]) => {
    const paths = pathsOf(references, "inputs", name);
    const shape = (): string[] => add("--input", name, placeholderOf(input, paths));
    const text = typed.get(name);
    if (text !== undefined) {
      const read = input.type === "string" ? text : jsonIn(text);
      const value = read ?? (input.type === "any" ? text : undefined);
      return fits(value, input, paths) ? ["--input", `${name}=${text}`] : shape();
    }
    if (Object.hasOwn(inFile, name)) return fits(inFile[name], input, paths) ? [] : shape();
    if (input.default !== undefined) return [];
    return input.required || paths.length > 0 ? shape() : [];
  });
}

function contextArguments(
  { definition, references }: Workflow,
  typed: ReadonlyMap<string, string>,
  add: Add,
): string[] {
  const given = [...typed].filter(
    ([name, text]) => !lacks(jsonIn(text) ?? text, pathsOf(references, "context", name)),
  );
  const names = new Set(
    references.flatMap(({ reference }) => (reference.source === "context" ? reference.name : [])),
  );
  const missing = [...names].filter(
    (name) =>
      !given.some(([one]) => one === name) &&
      (!Object.hasOwn(definition.context, name) ||
        lacks(definition.context[name], pathsOf(references, "context", name))),
  );
  return [
    ...given.flatMap(([name, text]) => ["--context", `${name}=${text}`]),
    ...missing.flatMap((name) => {
      const paths = pathsOf(references, "context", name).filter((path) => path.length > 0);
      return add("--context", name, paths.length === 0 ? "VALUE" : shapeOf(paths));
    }),
  ];
}

function pairsOf(pairs: readonly string[] = []): ReadonlyMap<string, string> {
  return new Map(
    pairs.flatMap((pair) => {
      const at = pair.indexOf("=");
      return at > 0 ? [[pair.slice(0, at), pair.slice(at + 1)] as const] : [];
    }),
  );
}

/** The paths below an input or a value of the context that tasks refer to. */
function pathsOf(
  references: Workflow["references"],
  source: "inputs" | "context",
  name: string,
): readonly Path[] {
  return references.flatMap(({ reference }) =>
    reference.source === source && reference.name === name ? [reference.path] : [],
  );
}

function fits(value: unknown, { type }: InputDefinition, paths: readonly Path[]): boolean {
  return hasInputType(value, type) && !lacks(value, paths);
}

function lacks(value: unknown, paths: readonly Path[]): boolean {
  return paths.some((path) => valueAt(value, path) === undefined);
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}

function jsonIn(text: string): unknown {
  const read = typedValue(text);
  return read.kind === "json" ? read.value : undefined;
}

function placeholderOf({ type }: InputDefinition, paths: readonly Path[]): string {
  if (type === "string") return "TEXT";
  if (type === "number") return "NUMBER";
  if (type === "boolean") return "BOOLEAN";
  if (type === "any") return "VALUE";
  const inside = paths.filter((path) => path.length > 0);
  if (inside.length > 0) return shapeOf(inside);
  return type === "array" ? '["VALUE"]' : '{"KEY": "VALUE"}';
}

/** JSON text with a placeholder at each path. */
function shapeOf(paths: readonly Path[]): string {
  const [first = []] = paths;
  if (first.length === 0) return '"VALUE"';
  const keys = [...new Set(paths.flatMap(([key]) => key ?? []))];
  const below = (key: string | number): string =>
    shapeOf(paths.filter(([one]) => one === key).map(([, ...rest]) => rest));
  if (typeof first[0] === "string")
    return `{${keys.map((key) => `${JSON.stringify(key)}: ${below(key)}`).join(", ")}}`;
  const length = Math.max(...keys.map(Number)) + 1;
  // An index far beyond the end would make a line that cannot be read.
  if (length > 5) return '["VALUE"]';
  const entries = Array.from({ length }, (_, index) =>
    keys.includes(index) ? below(index) : '"VALUE"',
  );
  return `[${entries.join(", ")}]`;
}
