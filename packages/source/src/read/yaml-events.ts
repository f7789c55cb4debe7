import { type Event, parseEvents, YAMLException } from "js-yaml";
import type { IssueList } from "../issues/IssueList.js";
import type { IssueKind } from "../issues/issue-kind.js";
import { TEXT_ISSUES } from "../issues/text-issues.js";
import { MAX_DEPTH } from "./text-limits.js";

// The parser refuses these characters, which JSON allows in a string. Offsets stay the same.
const REFUSED_BY_PARSER = /[\u007f-\u0084\u0086-\u009f\ufffe\uffff]/g;

/** The parser counts a scalar as a level too. */
const MAX_NODE_DEPTH = MAX_DEPTH + 1;

/** A reason of the parser for refusing a text, and the same in our words. */
interface SyntaxError {
  /** The start of the parser's sentence. */
  readonly reason: string;
  readonly kind?: IssueKind;
  readonly message?: string;
  readonly remedy?: string;
}

const UNCLOSED: SyntaxError = {
  reason: "unexpected end of the stream within a flow collection",
  message: "a bracket is not closed",
  remedy: "close the bracket",
};
const UNDER_INDENTED: SyntaxError = {
  reason: "deficient indentation",
  message: "this line is indented less than the value that it belongs to",
  remedy: "indent the line further, or close the quote or bracket before it",
};
const SYNTAX_ERRORS: readonly SyntaxError[] = [
  {
    reason: "nesting exceeded",
    kind: TEXT_ISSUES.tooDeep,
    message: `more than ${MAX_DEPTH} levels of lists and maps`,
  },
  {
    reason: "tab characters must not be used in indentation",
    message: "a tab is used as indentation",
    remedy: "indent with spaces",
  },
  {
    reason: "bad indentation of a mapping entry",
    message: "this is neither part of the value above nor a new entry",
    remedy:
      "give all entries of one map the same indentation, " +
      "and quote a text that contains `: ` or ` #`",
  },
  {
    reason: "bad indentation of a sequence entry",
    message: "this is not an entry of the list above",
    remedy: "give all entries of one list the same indentation",
  },
  UNDER_INDENTED,
  {
    reason: "missed comma between flow collection entries",
    message: "a comma is missing between two entries",
    remedy: "write a comma, or close the bracket",
  },
  {
    reason: "expected the node content, but found ','",
    message: "an entry is missing before this comma",
    remedy: "remove the comma",
  },
  UNCLOSED,
  {
    reason: "unexpected end of the stream within a verbatim tag",
    kind: TEXT_ISSUES.unknownTag,
    message: "a tag is not closed",
  },
  {
    reason: "undeclared tag handle",
    kind: TEXT_ISSUES.unknownTag,
    message: "a tag is unknown",
  },
  {
    reason: "unexpected end of the stream within a",
    message: "a quote is not closed",
    remedy: "close the quote",
  },
  {
    reason: "expected ':' after a mapping key",
    message: "a `:` is missing after this key",
    remedy: "add the `:`, or indent the line as part of the text above",
  },
  {
    reason: "can not read a block mapping entry",
    message: "a `:` is missing after this key",
    remedy: "add the `:`, or indent the line as part of the text above",
  },
  {
    reason: "unknown escape sequence",
    message: "this escape is unknown",
    remedy: "write `\\\\` for a backslash, or use single quotes",
  },
  {
    reason: "expected hexadecimal character",
    message: "this escape is not complete",
    remedy: "write `\\\\` for a backslash, or use single quotes",
  },
  {
    reason: "a whitespace character is expected after the key-value separator",
    message: "a space is missing after the `:`",
    remedy: "put a space after the `:`, or quote the text",
  },
  {
    reason: "end of the stream or a document separator is expected",
    message: "this does not belong to the value above",
    remedy: "give all entries of one list or map the same indentation",
  },
];

/** The events of a YAML text, or undefined after reporting why it is not YAML. */
export function yamlEvents(issues: IssueList): readonly Event[] | undefined {
  const { text } = issues.source;
  try {
    return parseEvents(text.replace(REFUSED_BY_PARSER, "\ufffd"), { maxDepth: MAX_NODE_DEPTH });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    refuse(error, issues);
    return undefined;
  }
}

function refuse({ reason, mark }: YAMLException, issues: IssueList): void {
  const { text } = issues.source;
  const at = Math.min(mark?.position ?? 0, text.length);
  const isAtEnd = text.slice(at).trim() === "";
  const known =
    isAtEnd && reason === UNDER_INDENTED.reason
      ? UNCLOSED
      : SYNTAX_ERRORS.find((each) => reason.startsWith(each.reason));
  const kind = known?.kind ?? TEXT_ISSUES.invalidYaml;
  issues.add(kind, [], [at, at + 1], known?.message ?? reason, known?.remedy);
}
