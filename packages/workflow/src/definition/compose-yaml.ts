import type { CST, Document, ParsedNode, YAMLError } from "yaml";
import { Composer, Lexer, Parser } from "yaml";
import { MAX_ALIASES, MAX_DEPTH } from "./definition-limits.js";
import type { IssueList } from "./IssueList.js";
import { printable } from "./SourceText.js";

/** Problems of syntax that are told at once: the later ones mostly follow from the first. */
const MAX_SYNTAX_PROBLEMS = 20;

const COLLECTIONS: ReadonlySet<string> = new Set(["block-map", "block-seq", "flow-collection"]);

const REMEDIES: Partial<Record<YAMLError["code"], string>> = {
  TAB_AS_INDENT: "indent with spaces: YAML has no tabs there",
  BAD_INDENT: "give all entries of one list or map the same indentation",
  BAD_SCALAR_START: "quote the text: a bare text cannot begin with this character",
  BLOCK_AS_IMPLICIT_KEY:
    "quote the text when it contains `: `, or put the nested map on a line of its own",
  MULTILINE_IMPLICIT_KEY:
    "add the `:` after the key, or indent the line as a part of the text above",
  MISSING_CHAR: "close the quote or bracket, or put a space after the `:`",
  BAD_DQ_ESCAPE: "write `\\\\` for a backslash, or use single quotes",
  ALIAS_PROPS: "quote the text when it begins with `*` or `&`",
};

/** The one document of a YAML text as the `yaml` library's nodes, or undefined with the reasons reported. */
export function composeYaml(issues: IssueList): Document.Parsed<ParsedNode> | undefined {
  const tokens = tokensOf(issues);
  if (!tokens) return undefined;
  const { document, problems } = compose(tokens, issues.source.text.length);
  for (const problem of problems.slice(0, MAX_SYNTAX_PROBLEMS)) addProblem(problem, issues);
  return problems.length > 0 ? undefined : document;
}

/** Stops at the first collection that is too deep and at the second document: the rest is not worth its time. */
function tokensOf(issues: IssueList): CST.Token[] | undefined {
  const parser = new Parser();
  const tokens = new TokenList(issues);
  let before = "";
  for (const lexeme of new Lexer().lex(issues.source.text)) {
    for (const token of parser.next(lexeme)) if (!tokens.accept(token)) return undefined;
    const at = Math.max(0, parser.offset - lexeme.length);
    if (lexeme[0] === "*" && before !== SCALAR_FOLLOWS && !tokens.acceptAlias(at, lexeme))
      return undefined;
    if (parser.stack.length > MAX_DEPTH && depthOf(parser.stack) > MAX_DEPTH) {
      issues.add("tooDeep", [], [at, at + 1], `more than ${MAX_DEPTH} levels of lists and maps`);
      return undefined;
    }
    if (tokens.errorCount > MAX_SYNTAX_PROBLEMS) break;
    before = lexeme;
  }
  for (const token of parser.end()) if (!tokens.accept(token)) return undefined;
  return tokens.all;
}

/** What the lexer puts before a scalar: a `*` behind it is text. */
const SCALAR_FOLLOWS = "\u001f";

/** The tokens of one document. `accept` says whether it is worth going on; if not, the reason has been reported. */
class TokenList {
  readonly all: CST.Token[] = [];
  errorCount = 0;
  readonly #issues: IssueList;
  readonly #directives = new Set<string>();
  #documentCount = 0;
  #aliasCount = 0;

  constructor(issues: IssueList) {
    this.#issues = issues;
  }

  accept(token: CST.Token): boolean {
    this.all.push(token);
    if (token.type === "error") this.errorCount += 1;
    if (token.type === "directive") return acceptDirective(token, this.#directives, this.#issues);
    if (token.type !== "document") return true;
    this.#documentCount += 1;
    if (this.#documentCount === 1) return true;
    this.#issues.add(
      "severalDocuments",
      [],
      [token.offset, token.offset + 3],
      "a second document begins here",
    );
    return false;
  }

  acceptAlias(at: number, lexeme: string): boolean {
    this.#aliasCount += 1;
    if (this.#aliasCount <= MAX_ALIASES) return true;
    this.#issues.add(
      "tooManyAliases",
      [],
      [at, at + lexeme.length],
      `more than ${MAX_ALIASES} aliases`,
    );
    return false;
  }
}

function depthOf(stack: readonly CST.Token[]): number {
  return stack.filter(({ type }) => COLLECTIONS.has(type)).length;
}

function acceptDirective(
  { offset, source }: CST.Directive,
  seen: Set<string>,
  issues: IssueList,
): boolean {
  const subject = /^%(?:YAML\b|TAG[ \t]+\S+)/.exec(source)?.[0].replace(/[ \t]+/, " ") ?? source;
  if (seen.has(subject)) {
    issues.add(
      "invalidYaml",
      [],
      [offset, offset + source.length],
      "this directive is here twice",
      "keep one of the two",
    );
    return false;
  }
  seen.add(subject);
  if (!/^%YAML\b/.test(source) || /^%YAML[ \t]+1\.2[ \t]*$/.test(source)) return true;
  issues.add(
    "yamlVersion",
    [],
    [offset, offset + source.length],
    "this line asks for another YAML than 1.2",
  );
  return false;
}

class TooManyProblems extends Error {}

function compose(
  tokens: readonly CST.Token[],
  length: number,
): {
  readonly document: Document.Parsed<ParsedNode> | undefined;
  readonly problems: readonly YAMLError[];
} {
  // `uniqueKeys` compares each key with all before it, which takes minutes for a long map; a Set does it later.
  const composer = new Composer({ version: "1.2", uniqueKeys: false, logLevel: "silent" });
  const problems = collectProblems(composer);
  let document: Document.Parsed<ParsedNode> | undefined;
  try {
    for (const composed of composer.compose(tokens, true, length)) {
      document ??= composed;
      // What the parser found on its own does not come by the callback.
      for (const problem of [...composed.errors, ...composed.warnings]) problems.add(problem);
    }
  } catch (error) {
    if (!(error instanceof TooManyProblems)) throw error;
  }
  return { document, problems: [...problems].sort((one, other) => one.pos[0] - other.pos[0]) };
}

/** Ends the composing after a few problems: a megabyte of commas has a million, and each costs a stack trace. */
function collectProblems(composer: Composer): Set<YAMLError> {
  const report = composer["onError"];
  const problems = new Set<YAMLError>();
  composer["onError"] = (...problem: unknown[]) => {
    // The composer catches what is thrown in a collection, to report it by this very function: so nothing is added then.
    if (problems.size >= MAX_SYNTAX_PROBLEMS) throw new TooManyProblems();
    report(...problem);
    const { errors, warnings } = { errors: composer["errors"], warnings: composer["warnings"] };
    const latest = problem[3] ? warnings.at(-1) : errors.at(-1);
    if (latest) problems.add(latest);
  };
  return problems;
}

function addProblem({ code, message, pos }: YAMLError, issues: IssueList): void {
  const words = printable(message).replace(/\s+/g, " ").slice(0, 200);
  if (code === "TAG_RESOLVE_FAILED") issues.add("unknownTag", [], pos, words);
  else issues.add("invalidYaml", [], pos, words, REMEDIES[code]);
}
