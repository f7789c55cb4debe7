import { type Path, quoted, type RuleIssue } from "@automatosx/source";
import { STEP_ISSUES } from "./step-issue-kinds.js";

type Place = "cache" | "other";

/** Where a key of a later version stands: the keys, by the kind of map. */
const LATER_KEYS: Readonly<Record<Place, ReadonlySet<string>>> = {
  cache: new Set(["inputs"]),
  other: new Set(),
};

function placeOf(path: Path): Place {
  const isOfStep = typeof path.at(-2) === "number";
  return path.at(-1) === "cache" && isOfStep ? "cache" : "other";
}

/**
 * Returns the issue with a key that only a later version of the language has; undefined if it is no
 * such key.
 */
export function laterKey(path: Path): RuleIssue | undefined {
  const key = String(path.at(-1));
  return LATER_KEYS[placeOf(path.slice(0, -1))].has(key) ? notInThisVersion(key) : undefined;
}

function notInThisVersion(key: string): RuleIssue {
  return {
    kind: STEP_ISSUES.notInThisVersion,
    message: `${quoted(key)} is not in this version of the language`,
    remedy: "remove it, or begin it with `x-` to keep it as a note",
  };
}
