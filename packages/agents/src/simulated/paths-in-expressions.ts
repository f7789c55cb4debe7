/** A path from a step's result to a value: `["files", 0, "name"]`. */
export type ResultPath = readonly (string | number)[];

/** A path from the result of a step to a value that an expression reads. */
export interface ReadPath {
  /** The id of the step. */
  readonly name: string;
  readonly path: ResultPath;
}

const ELEMENTS = String.raw`(?:\.[A-Za-z_][\w-]*|\[\d{1,4}\])`;
const RESULT = new RegExp(String.raw`\bsteps\.([A-Za-z][\w-]*)\.output(${ELEMENTS}*)`, "g");

/** The members of lists and texts that are functions, not fields. */
const METHOD = /\.[A-Za-z]\w*$/;

/**
 * Returns what the conditions, lists and other expressions of a step, and of its inner steps, read
 * from results. What a `foreach` reads is a list; what is read of its item is read of the item in
 * it.
 */
export function pathsInExpressions(step: object): ReadPath[] {
  const {
    task: _,
    foreach,
    ...rest
  } = step as {
    readonly task?: string;
    readonly foreach?: { readonly in?: unknown; readonly as?: string };
  };
  const texts = textsIn(rest);
  const read = texts.flatMap(pathsIn);
  if (typeof foreach?.in !== "string") return read;
  const lists = pathsIn(foreach.in);
  const variable = new RegExp(String.raw`\b${foreach.as ?? "item"}(${ELEMENTS}+)`, "g");
  const ofItem = textsIn(step).flatMap((text) =>
    [...text.matchAll(variable)].map(([, elements = ""]) => elementsOf(elements)),
  );
  return [
    ...read,
    ...lists.flatMap(({ name, path }) =>
      [[], ...ofItem].map((inner) => ({ name, path: [...path, 0, ...inner] })),
    ),
  ];
}

function pathsIn(text: string): ReadPath[] {
  return [...text.matchAll(RESULT)].map((match) => {
    const [, name = "", elements = ""] = match;
    const isCall = text[match.index + match[0].length] === "(";
    return { name, path: elementsOf(isCall ? elements.replace(METHOD, "") : elements) };
  });
}

function elementsOf(elements: string): (string | number)[] {
  return [...elements.matchAll(/\.([A-Za-z_][\w-]*)|\[(\d+)\]/g)].map(([, name, index]) =>
    name === undefined ? Number(index) : name,
  );
}

/** Every text of a value at any depth, except in a schema. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === "output" ? [] : textsIn(member),
  );
}
