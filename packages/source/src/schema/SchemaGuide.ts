import type { z } from "zod";
import type { Path } from "../issues/IssueList.js";
import type { IssueKind } from "../issues/issue-kind.js";

/** How to report an issue from a rule that involves several keys. */
export interface RuleIssue {
  /** The kind of the issue. */
  readonly kind: IssueKind;
  /** What is wrong. */
  readonly message: string;
  /** What to do, if it differs from that of the kind. */
  readonly remedy?: string;
  /** Report the issue at the key rather than at its value. */
  readonly isAtKey?: boolean;
  /** The key may stand in the place of those that are missing, so they are not reported. */
  readonly explainsMissingKeys?: boolean;
}

/** Information for a rule about the document that breaks it. */
export interface RuleContext {
  /** The path of the value. */
  readonly path: Path;
  /** The schema's message, which is a predicate such as `is longer than …`. */
  readonly message: string;
  /** The remedy that the schema gives, if any. */
  readonly remedy: string | undefined;
  /** The keys of the map at a path, in the order in which they are written. */
  readonly keysAt: (path: Path) => readonly string[];
  /** The value at a path in a few words: "the number `5`". */
  readonly describe: (path: Path) => string;
  /** The value at a path, if it is a scalar. */
  readonly scalarAt: (path: Path) => unknown;
  /** True if the key at the path has a wrong name that was already reported. */
  readonly isMisnamed: (path: Path) => boolean;
  /** What to write so that the scalar at the path has a type of the schema, if it is known. */
  readonly remedyFor: (expected: string, path: Path) => string | undefined;
}

/** How one kind of document reports the issues of its schema. */
export interface SchemaGuide {
  /** The schema of the root. */
  readonly schema: z.core.$ZodType;
  /** If the document is not a map: the issue, and what was expected. */
  readonly root: { readonly kind: IssueKind; readonly noun: string };
  /** If a map could be one of several kinds and has no key that identifies one. */
  readonly unclear: IssueKind;
  /** Returns our key for a key that another system uses. It is one of `known`, or a dotted path. */
  synonymOf(key: string, path: Path, known: readonly string[]): string | undefined;
  /** Returns whether a synonym of our key has the same kind of value, so that renaming it is safe. */
  isSafeSynonym?(key: string): boolean;
  /**
   * Returns the issue with a key that the schema does not have, if it is more specific than that
   * the key is unknown; null if another check reports it. `siblings` are the keys of its map.
   */
  unknownKey?(path: Path, siblings: readonly string[]): RuleIssue | null | undefined;
  /** Returns the issue with a value of a form that the schema does not have, if it is specific. */
  unknownForm?(path: Path, form: "list" | "map" | "scalar"): RuleIssue | undefined;
  /**
   * Returns the value of ours that is meant by a word of another system, at a path whose value must
   * be one of `known`.
   */
  valueFor?(word: string, path: Path, known: readonly string[]): string | undefined;
  /**
   * Returns the remedy for a key that is known to mean something else, so that no suggestion fits.
   */
  remedyFor(key: string): string | undefined;
  /** Returns the remedy for a text that has no place where another value is expected, if any. */
  remedyForText?(text: string, path: Path): string | undefined;
  /** Returns the remedy for a word that is not an allowed value, if no single one is meant. */
  remedyForValue?(word: string, path: Path): string | undefined;
  /**
   * Returns whether a list at the path is a command line, so that the words of a single string
   * become its entries.
   */
  isCommandLine(path: Path): boolean;
  /** If a list is too long: its specific issue, if there is one. */
  tooLong(path: Path, limit: string): RuleIssue | undefined;
  /**
   * The rules that involve several keys, by their names in the schema. A rule that returns
   * undefined reports nothing.
   */
  readonly rules: Readonly<Record<string, (context: RuleContext) => RuleIssue | undefined>>;
}
