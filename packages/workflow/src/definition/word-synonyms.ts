import { findSynonym, foldKey, type Path } from "@automatosx/source";

/** The words of other systems for the modes of `join` and `dependencies`. */
const MODE_SYNONYMS: Readonly<Record<string, string>> = {
  all: "ok",
  alldone: "done",
  allsuccess: "ok",
  always: "done",
  completed: "ok",
  finished: "done",
  nonefailed: "ok-or-skipped",
  onesuccess: "any",
  skipped: "ok-or-skipped",
  success: "ok",
  succeeded: "ok",
};
const ORDER_SYNONYMS: Readonly<Record<string, string>> = {
  inorder: "listed",
  sequence: "listed",
  sequential: "listed",
  serial: "listed",
};
const EFFECT_SYNONYMS: Readonly<Record<string, string>> = {
  mutating: "external",
  none: "pure",
  nonidempotent: "external",
  once: "external",
  readonly: "pure",
  sideeffect: "external",
};
const ENDING_SYNONYMS: Readonly<Record<string, string>> = {
  abort: "cancelled",
  aborted: "cancelled",
  cancel: "cancelled",
  complete: "completed",
  done: "completed",
  error: "failed",
  fail: "failed",
  failure: "failed",
  ok: "completed",
  succeeded: "completed",
  success: "completed",
};
const CLASS_SYNONYMS: Readonly<Record<string, string>> = {
  failure: "error",
  invalid: "fatal",
  invalidoutput: "invalid_output",
  network: "transient",
  overloaded: "transient",
  quota: "rate_limit",
  ratelimited: "rate_limit",
  refusal: "refused",
  schema: "invalid_output",
  timedout: "timeout",
};
const EXPIRY_SYNONYMS: Readonly<Record<string, string>> = {
  approved: "approve",
  complete: "continue",
  deny: "reject",
  error: "fail",
  ignore: "continue",
  rejected: "reject",
  skipped: "skip",
};
const AT_LIMIT_SYNONYMS: Readonly<Record<string, string>> = {
  abort: "fail",
  error: "fail",
  notify: "warn",
  stop: "pause",
  warning: "warn",
};
const UNMETERED_SYNONYMS: Readonly<Record<string, string>> = {
  continue: "allow",
  ignore: "allow",
  stop: "pause",
};
const ON_MAX_SYNONYMS: Readonly<Record<string, string>> = {
  complete: "continue",
  error: "fail",
  ignore: "continue",
};
const TYPE_SYNONYMS: Readonly<Record<string, string>> = {
  bool: "boolean",
  dict: "object",
  float: "number",
  int: "integer",
  list: "array",
  map: "object",
  str: "string",
  text: "string",
};

const CLASSES =
  "error, transient, timeout, rate_limit, invalid_output, refused, fatal, unknown, check";

/** Returns the remedy for a word that has no single equivalent here. */
export function remedyForWord(word: string, path: Path): string | undefined {
  if (path.includes("on") && ["all", "any", "always"].includes(foldKey(word)))
    return `list the classes that are meant: ${CLASSES}`;
  if (path.at(-1) === "effect" && word === "workspace")
    return "write `external`: a workspace that is reset is not in this version of the language";
  return path.at(-1) === "join" && foldKey(word) === "nonefailedminonesuccess"
    ? "write `join: any`, and `ok-or-skipped` for each dependency: `{ build: ok-or-skipped }`"
    : undefined;
}

/** Returns the word of `known` for a value of another system at `path`. */
export function valueFor(word: string, path: Path, known: readonly string[]): string | undefined {
  return findSynonym(word, valuesAt(path), known);
}

function valuesAt(path: Path): Readonly<Record<string, string>> {
  const key = path.at(-1);
  if (key === "join" || path.includes("dependencies")) return MODE_SYNONYMS;
  if (key === "order") return ORDER_SYNONYMS;
  if (key === "onMax") return ON_MAX_SYNONYMS;
  if (key === "effect") return EFFECT_SYNONYMS;
  if (key === "as") return ENDING_SYNONYMS;
  if (key === "onExpire" || key === "onReject" || key === "onTimeout") return EXPIRY_SYNONYMS;
  if (key === "unmetered") return UNMETERED_SYNONYMS;
  if (path[0] === "budget") return AT_LIMIT_SYNONYMS;
  if (path.includes("retry") || path.includes("fallback")) return CLASS_SYNONYMS;
  return path[0] === "inputs" ? TYPE_SYNONYMS : {};
}
