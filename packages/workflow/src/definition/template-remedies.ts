import { type DeclaredNames, meantBy } from "./foreign-path.js";
import type { TemplateProblem } from "./task-template.js";

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
  item: "write one step for each item: this version of the language has no `foreach`",
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

/** Returns how to fix what is not a reference, or undefined if only the general remedy fits. */
export function remedyForTemplate(
  task: string,
  problem: TemplateProblem,
  names: DeclaredNames,
): string | undefined {
  if (problem.kind === "unclosed") return undefined;
  const text = textOf(task, problem);
  const [path = ""] = /^[^|?&=!<>+*/%(,]*/.exec(text) ?? [];
  const meant = meantBy(path.trim(), names);
  const reference = meant?.isDeclared === true ? `\`\${{ ${meant.reference} }}\`` : undefined;
  const rest = text.slice(path.length);
  if (rest !== "") return remedyForOperator(rest, meant?.reference, reference);
  if (reference !== undefined) return `write ${reference}`;
  const [root = ""] = /^[A-Za-z_]*/.exec(text) ?? [];
  if (problem.kind === "unknown" && Object.hasOwn(HOST_ROOTS, root)) return HOST_ROOTS[root];
  if (problem.kind === "unknown" && OUTSIDE_ROOTS.has(root)) return FROM_OUTSIDE;
  return meant?.hasRoot === true && meant.reference !== text
    ? `write \`\${{ ${meant.reference} }}\``
    : undefined;
}

/** The text between `${{` and `}}`. */
function textOf(task: string, { start }: TemplateProblem): string {
  const piece = task.slice(start, start + MAX_LENGTH);
  const end = piece.indexOf(CLOSE);
  return (end < 0 ? piece : piece.slice(0, end)).trim();
}

function remedyForOperator(
  rest: string,
  reference: string | undefined,
  quotedReference: string | undefined,
): string | undefined {
  const isFallback = /^(?:\|\||\?\?|\|\s*default\b)/.test(rest);
  if (isFallback && reference?.startsWith("inputs.") === true)
    return `give the input a \`default\`, and write \`\${{ ${reference} }}\``;
  if (isFallback) return "let the agent handle a missing value: a reference has no alternative";
  if (rest.startsWith("|"))
    return quotedReference === undefined
      ? undefined
      : `write ${quotedReference}: a value that is not text is inserted as JSON`;
  return "let an agent do the calculation: a reference only inserts a value";
}
