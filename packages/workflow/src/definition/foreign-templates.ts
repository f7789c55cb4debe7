import { type DeclaredNames, type MeantReference, meantBy } from "./foreign-path.js";

/** A piece of a task that another system would replace with a value. */
export interface ForeignTemplate {
  readonly offset: number;
  readonly text: string;
  /** The characters that it begins with. */
  readonly mark: string;
  /** What it names, without the marks of its system. */
  readonly path: string;
  /** What to write instead, as it is written between `${{` and `}}`, if that is certain. */
  readonly reference?: string;
  /** Whether it is a statement, such as `{% if x %}`, rather than a value. */
  readonly isStatement?: boolean;
}

/** How another system marks a value in a text. */
interface Form {
  readonly pattern: RegExp;
  readonly mark: string;
  /** Whether a piece in this form is meant as a reference, given what its path means. */
  readonly isMeant: (
    meant: MeantReference | undefined,
    path: string,
    names: ForeignNames,
  ) => boolean;
}

/** The names of a workflow, and those that no task refers to. */
export interface ForeignNames extends DeclaredNames {
  /** Whether the name is of an input that no task refers to, so that a task may mean it. */
  readonly isUnusedInput: (name: string) => boolean;
}

/** Whether any form of template could be in a text. */
export const MAY_HAVE_FOREIGN = /\{|\$[A-Za-z]|<%|\[\[/;

/** The words with which a path in braces is certainly not meant as code. */
const SURE_ROOT = /^(?:steps|tasks|inputs?|item|context)\s*[.[]|^item$/;

const isDeclaredPath: Form["isMeant"] = (meant) => meant?.isDeclared === true && meant.hasRoot;

const FORMS: readonly Form[] = [
  // Jinja, Handlebars, Argo, n8n
  {
    pattern: /(?<![${])\{{2,3}([^{}]{1,250})\}{2,3}/g,
    mark: "{{",
    isMeant: (meant, path) => SURE_ROOT.test(path) || meant?.isDeclared === true,
  },
  // shells, JavaScript
  {
    pattern: /(?<![$\\])\$\{([^{}]{1,250})\}/g,
    mark: "${",
    isMeant: (meant, path, names) =>
      path.startsWith("steps.") ||
      isDeclaredPath(meant, path, names) ||
      (meant?.isDeclared === true && /^[\w-]+\.outputs?\b/.test(path)) ||
      names.isUnusedInput(path),
  },
  {
    pattern: /(?<![$\\\w])\$([A-Za-z_][\w-]{0,127}(?:\.[A-Za-z_][\w-]{0,127}|\[\d{1,9}\])*)/g,
    mark: "$",
    isMeant: (meant, path, names) =>
      (meant?.isDeclared === true && /^(?:(?:steps|inputs)\.|[\w-]+\.outputs?\b)/.test(path)) ||
      names.isUnusedInput(path),
  },
  // ERB, Mistral
  {
    pattern: /<%([^%<>]{1,250})%>/g,
    mark: "<%",
    isMeant: (meant) => meant?.isDeclared === true,
  },
  // Python
  {
    pattern: /(?<![{$#%\w])\{([A-Za-z_][\w.[\]-]{0,249})\}(?!\})/g,
    mark: "{",
    isMeant: (meant, path, names) =>
      names.isUnusedInput(path) ||
      (/^(?:steps|inputs)\./.test(path) && isDeclaredPath(meant, path, names)),
  },
  {
    pattern: /(?<!\[)\[\[([^[\]\n]{1,250})\]\](?!\])/g,
    mark: "[[",
    isMeant: (meant, path, names) =>
      isDeclaredPath(meant, path, names) || names.isUnusedInput(path),
  },
];

const STATEMENT = /\{%([^{}%]{1,250})%\}/g;

/** Returns the pieces that another system would replace, in no particular order. */
export function* foreignTemplates(
  text: string,
  names: ForeignNames,
): Generator<ForeignTemplate, void, undefined> {
  for (const { pattern, mark, isMeant } of FORMS) {
    if (!text.includes(mark)) continue;
    for (const { 0: whole, 1: inner = "", index } of text.matchAll(pattern)) {
      const path = pathIn(inner);
      const meant = meantBy(path, names);
      if (!isMeant(meant, path, names)) continue;
      const reference = meant?.isDeclared === true ? meant.reference : undefined;
      yield {
        offset: index,
        text: whole,
        mark,
        path,
        ...(reference !== undefined && { reference }),
      };
    }
  }
  if (!text.includes("{%")) return;
  for (const { 0: whole, 1: inner = "", index } of text.matchAll(STATEMENT))
    if (isAboutDeclared(inner, names))
      yield { offset: index, text: whole, mark: "{%", path: inner, isStatement: true };
}

/**
 * The path in a template, without the marks of its system (`{{- x -}}`, `<%= x %>`), filters
 * (`x | upper`) and calls (`task(x).result`).
 */
function pathIn(inner: string): string {
  const [value = ""] = inner.replace(/^[-~=]+|[-~]+$/g, "").split("|", 1);
  return value.trim().replace(/^(task|steps?)\(\s*['"]?([\w-]{1,128})['"]?\s*\)/, "steps.$2");
}

function isAboutDeclared(statement: string, names: DeclaredNames): boolean {
  return [...statement.matchAll(/\b(?:steps|inputs|context)(?:\.[\w-]{1,128})+/g)].some(
    ([path]) => meantBy(path, names)?.isDeclared === true,
  );
}
