import type { z } from "zod";
import type { Path } from "../issues/IssueList.js";
import type { IssueKind } from "../issues/issue-kind.js";

/** An issue of a rule over several keys, in words. */
export interface RuleIssue {
  readonly kind: IssueKind;
  readonly message: string;
  readonly remedy?: string;
  /** The place is the key rather than its value. */
  readonly isAtKey?: boolean;
}

/** What a rule may ask about the document that breaks it. */
export interface RuleContext {
  readonly path: Path;
  /** The schema's message, a predicate: `is longer than …`. */
  readonly message: string;
  /** The value at a path in a few words: "the number `5`". */
  readonly describe: (path: Path) => string;
  /** The value at a path, if it is a scalar. */
  readonly scalarAt: (path: Path) => unknown;
  /** True if the key at the path is written under a wrong name, which has been reported. */
  readonly isMisnamed: (path: Path) => boolean;
}

/** What one kind of document knows about the issues of its schema. */
export interface SchemaGuide {
  readonly schema: z.core.$ZodType;
  /** For a document that is not a map: the issue, and what was expected. */
  readonly root: { readonly kind: IssueKind; readonly noun: string };
  /** For a map that could be one of several kinds and has the key of none. */
  readonly unclear: IssueKind;
  /** The key that was meant by a key of another system. It is among `known`, or a dotted path. */
  synonymOf(key: string, path: Path, known: readonly string[]): string | undefined;
  /** The remedy for a key that is known to mean something else, so that no suggestion fits. */
  remedyFor(key: string): string | undefined;
  /** True if a list at the path is a command line, so that words in one text become its entries. */
  isCommandLine(path: Path): boolean;
  /** For a list that is too long: the issue, if it has one of its own. */
  tooLong(path: Path, limit: string): RuleIssue | undefined;
  /** The rules over several keys, by their names in the schema. Undefined: nothing to report. */
  readonly rules: Readonly<Record<string, (context: RuleContext) => RuleIssue | undefined>>;
}
