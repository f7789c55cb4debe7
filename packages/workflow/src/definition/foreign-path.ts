import { written } from "./task-template.js";

/** The names that a reference can begin with, after `steps`, `inputs` or `context`. */
export interface DeclaredNames {
  readonly isStep: (id: string) => boolean;
  readonly isInput: (name: string) => boolean;
  readonly isContextKey: (key: string) => boolean;
}

/** What a path of another system probably means here. */
export interface MeantReference {
  /** A reference as it is written between `${{` and `}}`: `steps.design.output.summary`. */
  readonly reference: string;
  /** Whether the step, the input or the key that it refers to exists. */
  readonly isDeclared: boolean;
  /** Whether the path says what it refers to: `steps.a`, and not only `a`. */
  readonly hasRoot: boolean;
}

/** The words with which other systems begin the path of a result. */
const STEP_ROOTS: ReadonlySet<string> = new Set([
  "job",
  "jobs",
  "needs",
  "node",
  "nodes",
  "stages",
  "step",
  "steps",
  "task",
  "tasks",
]);
const INPUT_ROOTS: ReadonlySet<string> = new Set([
  "args",
  "arguments",
  "env",
  "input",
  "inputs",
  "param",
  "parameters",
  "params",
  "var",
  "variables",
  "vars",
]);
const CONTEXT_ROOTS: ReadonlySet<string> = new Set(["context", "ctx"]);
const RESULT_WORDS: ReadonlySet<string> = new Set([
  "output",
  "outputs",
  "response",
  "result",
  "results",
]);

const WORD = /^\$?\.?([A-Za-z_][\w-]{0,127})/;
const ELEMENT = /\.([\w-]{1,128})|\[(\d{1,9})\]|\[\s*(?:"([^"\\]{1,128})"|'([^'\\]{1,128})')\s*\]/y;
/** The most elements of a path. A longer one is not examined. */
const MAX_ELEMENTS = 20;

type Element = string | number;

/** The elements of a path: `a["b c"].0` gives `a`, `b c` and 0. Undefined if it is not a path. */
function elementsOf(path: string): readonly Element[] | undefined {
  const first = WORD.exec(path);
  if (first === null) return undefined;
  const elements: Element[] = [first[1] ?? ""];
  for (let at = first[0].length; at < path.length; at = ELEMENT.lastIndex) {
    ELEMENT.lastIndex = at;
    const found = ELEMENT.exec(path);
    if (found === null || elements.length === MAX_ELEMENTS) return undefined;
    const [, field, index = field, double, single] = found;
    const key = double ?? single;
    elements.push(key ?? (/^\d{1,9}$/.test(index ?? "") ? Number(index) : (index ?? "")));
  }
  return elements;
}

/** Translates a path as other systems write it, such as `needs.build.outputs.url`. */
export function meantBy(path: string, names: DeclaredNames): MeantReference | undefined {
  const spaced = /^context\.(.+)$/.exec(path)?.[1];
  if (spaced !== undefined && names.isContextKey(spaced))
    return { reference: `context${written(spaced)}`, isDeclared: true, hasRoot: true };
  const elements = elementsOf(path.trim());
  if (elements === undefined) return undefined;
  const [root = "", name, ...rest] = elements;
  return (
    (typeof root === "string" && typeof name === "string"
      ? meantByRoot(root, name, rest, names)
      : undefined) ?? meantByName(elements, names)
  );
}

function meantByRoot(
  root: string,
  name: string,
  rest: readonly Element[],
  names: DeclaredNames,
): MeantReference | undefined {
  if (STEP_ROOTS.has(root))
    return {
      reference: `steps${written(name)}.output${pathOf(withoutResultWord(rest))}`,
      isDeclared: names.isStep(name),
      hasRoot: true,
    };
  if (CONTEXT_ROOTS.has(root) || (INPUT_ROOTS.has(root) && names.isContextKey(name)))
    return {
      reference: `context${written(name)}${pathOf(rest)}`,
      isDeclared: names.isContextKey(name),
      hasRoot: true,
    };
  if (!INPUT_ROOTS.has(root)) return undefined;
  // Argo writes `inputs.parameters.NAME`.
  const [second, ...others] = rest;
  if (name === "parameters" && typeof second === "string" && !names.isInput(name))
    return meantByRoot(root, second, others, names);
  return {
    reference: `inputs${written(name)}${pathOf(rest)}`,
    isDeclared: names.isInput(name),
    hasRoot: true,
  };
}

/** A path that begins with the name of a step, an input or a key of the context. */
function meantByName(
  [name, ...rest]: readonly Element[],
  names: DeclaredNames,
): MeantReference | undefined {
  if (typeof name !== "string") return undefined;
  const found = { isDeclared: true, hasRoot: false } as const;
  if (names.isStep(name))
    return { ...found, reference: `steps.${name}.output${pathOf(withoutResultWord(rest))}` };
  if (names.isInput(name)) return { ...found, reference: `inputs.${name}${pathOf(rest)}` };
  return names.isContextKey(name)
    ? { ...found, reference: `context${written(name)}${pathOf(rest)}` }
    : undefined;
}

/**
 * `outputs.result` and `outputs.parameters.url`, as Argo writes them, are the result and a field.
 */
function withoutResultWord([word, ...rest]: readonly Element[]): readonly Element[] {
  if (typeof word !== "string" || !RESULT_WORDS.has(word))
    return word === undefined ? [] : [word, ...rest];
  if (word !== "outputs" || rest.length === 0) return rest;
  if (rest[0] === "result" && rest.length === 1) return [];
  return rest[0] === "parameters" && rest.length > 1 ? rest.slice(1) : rest;
}

function pathOf(elements: readonly Element[]): string {
  return elements.map(written).join("");
}
