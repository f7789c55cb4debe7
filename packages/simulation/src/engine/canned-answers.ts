import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";
import { pathsInText, type ReadPath } from "../language/index.js";
import { textHash } from "../text-hash.js";
import type { Answer, PlayedChild } from "./answer.js";
import { sampleOfSchema } from "./sample-of-schema.js";

/**
 * The highest index for which list items are made up. A task that reads beyond it fails, as with a
 * real agent.
 */
const MAX_LIST_LENGTH = 1000;

type Path = readonly (string | number)[];

/** The paths that a step reads, wherever an expression may stand in it, inner steps included. */
function pathsOf(step: StepDefinition): ReadPath[] {
  const { if: condition, foreach, loop, choice, gate, wait, stop, steps = [] } = step;
  const expressions = [
    ...[condition, foreach?.in, foreach?.key, loop?.until, choice?.from, wait?.until],
    ...(step.check ?? []).map(({ that }) => that),
  ];
  const texts = [
    ...[step.task, step.with, step.outputs, step.run, step.files, foreach?.in],
    ...[gate?.ask, gate?.show, wait?.signal, stop?.reason],
  ];
  return [
    ...expressions.flatMap((text) =>
      typeof text === "string" ? pathsInText(text, { isExpression: true }) : [],
    ),
    ...texts.flatMap(textsIn).flatMap((text) => pathsInText(text)),
    ...[...steps, ...attachedOf(step)].flatMap(pathsOf),
  ];
}

/** The steps that check the answer of a step, and the one that finds out what came of it. */
const attachedOf = ({ check = [], reconcile }: StepDefinition): StepDefinition[] => [
  ...check.flatMap(({ step }) => step ?? []),
  ...(reconcile === undefined ? [] : [reconcile]),
];

/** The paths that the checks of a step read from its answer. */
const checkedPaths = ({ check = [] }: StepDefinition): Path[] =>
  check
    .flatMap(({ that, step }) => [
      ...(that === undefined ? [] : pathsInText(that, { isExpression: true })),
      ...(step === undefined ? [] : pathsOf(step)),
    ])
    .flatMap(([root, ...path]) => (root === "output" ? [path] : []));

/** The handlers of a workflow. */
const handlersOf = ({ on }: WorkflowDefinition): StepDefinition[] => [
  ...(on?.failure ?? []),
  ...(on?.always ?? []),
];

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** The paths that are read from a step's result, an input or the context, by id, name or key. */
function wantedPaths(
  definition: WorkflowDefinition,
  of: "steps" | "inputs" | "context",
): ReadonlyMap<string, readonly Path[]> {
  const wanted = new Map<string, Path[]>();
  const read = [
    ...[...definition.steps, ...handlersOf(definition)].flatMap(pathsOf),
    ...textsIn(definition.outputs).flatMap((text) => pathsInText(text)),
  ];
  for (const [root, name, ...rest] of read) {
    if (root !== of || typeof name !== "string") continue;
    if (of === "steps" && rest[0] !== "output") continue;
    const path = of === "steps" ? rest.slice(1) : rest;
    wanted.set(name, [...(wanted.get(name) ?? []), path]);
  }
  if (of !== "steps") return wanted;
  for (const [id, step] of byId(definition.steps))
    wanted.set(id, [...(wanted.get(id) ?? []), ...checkedPaths(step)]);
  return wanted;
}

/** The steps of a definition by id, inner ones included. */
function byId(steps: readonly StepDefinition[]): [string, StepDefinition][] {
  return steps.flatMap((step) => [[step.id, step], ...byId(step.steps ?? [])]);
}

/**
 * Answers of simulated agents: a value that fits the step's schema; for a program without one, what
 * it would print; for a child run, its result; otherwise an object with the step's path, a hash of
 * the step's input, and every field that an expression reads from it.
 */
export function cannedAnswer(
  definition: WorkflowDefinition,
  childOf: (hash: string) => PlayedChild = () => () => undefined,
): Answer {
  const wanted = wantedPaths(definition, "steps");
  const steps = new Map(byId(definition.steps));
  const handlers = new Map(byId(handlersOf(definition)));
  return (path, previousResults, { restores, given: inputs }) => {
    const [, owner = path, attached] = /^(.+):(check-\d+|reconcile)$/.exec(path) ?? [];
    const id = idOfPath(owner);
    const step = (path.startsWith(":") ? handlers : steps).get(id);
    if (attached !== undefined && step !== undefined)
      return foundBy(
        attachedOf(step).find((other) => other.id === attached),
        path,
      );
    if (step?.output !== undefined) return sampleOfSchema(step.output, path);
    if (step?.run !== undefined) return printedBy(step.run, path);
    const played = step?.workflow && childOf(step.workflow.hash)(inputs);
    if (played !== undefined) return played;
    const given = textHash(JSON.stringify(previousResults)).toString(16);
    const answer: unknown = { step: path, given, ...(restores > 0 && { restores }) };
    return filled(answer, wanted.get(id), path);
  };
}

/** What a step says of the answer of another one: mostly, that it passes. */
function foundBy(step: StepDefinition | undefined, path: string): unknown {
  if (step?.run !== undefined && step.output === undefined) return printedBy(step.run, path);
  const sample = step?.output === undefined ? {} : sampleOfSchema(step.output, path);
  const isMap = typeof sample === "object" && sample !== null;
  return isMap && path.includes(":check-") ? { ...sample, pass: true } : sample;
}

/** The id of the step that a path leads to: `build[auth].fix#2` leads to `fix`. */
export const idOfPath = (path: string): string =>
  /([A-Za-z][\w-]*)(?:\[[^\]]*\]|#\d+)?$/.exec(path)?.[1] ?? path;

function printedBy({ okExitCodes = [0] }: NonNullable<StepDefinition["run"]>, path: string) {
  const stdout = `what ${path} prints`;
  return okExitCodes.length > 1 ? { stdout, exitCode: okExitCodes[0] } : stdout;
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
    needed.map(([name, { type, schema }]) => [
      name,
      schema === undefined
        ? filled(SAMPLES[type], wanted.get(name), name)
        : sampleOfSchema({ type: type === "any" ? undefined : type, ...schema }, name),
    ]),
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
