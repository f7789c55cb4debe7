import { type DeclaredNames, meantBy } from "./foreign-path.js";

const CLOSE = "}}";
/** How much of a reference is examined, in characters. */
const MAX_LENGTH = 500;

/** Remedies for references to what only the host knows, by the word that they begin with. */
const HOST_ROOTS: Readonly<Record<string, string>> = {
  env:
    "a program reads its environment itself; for a value in the task, declare an input and pass " +
    "it when the run is started",
  secrets:
    "let the agent's program read the secret from its environment: what a task contains is stored",
};

const FROM_OUTSIDE =
  "declare an input for the value and pass it when the run is started, or write `$${{` for a " +
  "literal `${{`";

/** Words of other systems for what is known only when a run starts. */
const OUTSIDE_ROOTS: ReadonlySet<string> = new Set([
  "github",
  "gitlab",
  "job",
  "matrix",
  "run",
  "runner",
  "strategy",
  "trigger",
  "vars",
  "workflow",
]);

/** A problem with an expression that may be written as in another system. */
export interface ForeignExpression {
  /** `unknown`: it begins with a name that does not exist. */
  readonly kind: "invalid" | "unknown";
  /** Where the expression begins in its text. */
  readonly start: number;
  /** Whether the text is the expression, without `${{ }}`. */
  readonly isField: boolean;
}

/**
 * Returns what to write instead of an expression as another system writes it, or undefined if that
 * is unknown.
 */
export function remedyForTemplate(
  whole: string,
  problem: ForeignExpression,
  names: DeclaredNames,
): string | undefined {
  const text = textOf(whole, problem);
  const [path = ""] = /^[^|?&=!<>+*/%(,]*/.exec(text) ?? [];
  const meant = meantBy(path.trim(), names);
  const written = (reference: string): string =>
    problem.isField ? `write \`${reference}\`` : `write \`\${{ ${reference} }}\``;
  const rest = text.slice(path.length);
  if (rest !== "")
    return isFilter(rest, problem.isField)
      ? remedyForFilter(rest, meant?.isDeclared === true ? meant.reference : undefined, written)
      : undefined;
  if (meant?.isDeclared === true) return written(meant.reference);
  const [root = ""] = /^[A-Za-z_]*/.exec(text) ?? [];
  if (problem.kind === "unknown" && Object.hasOwn(HOST_ROOTS, root)) return HOST_ROOTS[root];
  if (problem.kind === "unknown" && OUTSIDE_ROOTS.has(root)) return FROM_OUTSIDE;
  return meant?.hasRoot === true && meant.reference !== text ? written(meant.reference) : undefined;
}

/** The text between `${{` and `}}`. */
function textOf(task: string, { start }: ForeignExpression): string {
  const piece = task.slice(start, start + MAX_LENGTH);
  const end = piece.indexOf(CLOSE);
  return (end < 0 ? piece : piece.slice(0, end)).trim();
}

/** In a field, `|` is more often meant as `||`. */
function isFilter(rest: string, isField: boolean): boolean {
  return isField ? /^\|\s*default\b/.test(rest) : /^\|(?!\|)/.test(rest);
}

/** A filter after a path: `| default("x")`, `| tojson`. */
function remedyForFilter(
  rest: string,
  reference: string | undefined,
  written: (reference: string) => string,
): string | undefined {
  if (reference === undefined) return undefined;
  const otherwise = /^\|\s*default\b\s*\(?\s*(?:(["'])(?<text>[^"'\\]{0,60})\1)?/.exec(rest);
  return otherwise === null
    ? `${written(reference)}: a value that is not text is inserted as JSON`
    : written(`default(${reference}, '${otherwise.groups?.["text"] ?? ""}')`);
}
