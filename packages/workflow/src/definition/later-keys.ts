import { everyStep, type Path, quoted, type RuleIssue } from "@automatosx/source";
import type { CheckPlace } from "./check-place.js";
import { mayHave } from "./may-have.js";
import { STEP_ISSUES } from "./step-issue-kinds.js";
import { ownValue } from "./steps/own-value.js";

type Place = "step" | "gate" | "other";

/** Where a key of a later version stands: the keys, by the kind of map. */
const LATER_KEYS: Readonly<Record<Place, ReadonlySet<string>>> = {
  step: new Set(["cache"]),
  gate: new Set(),
  other: new Set(),
};

/** The kinds of step whose form is known, and which this version cannot run. */
const LATER_KINDS = ["workflow"] as const;

function placeOf(path: Path): Place {
  const [last, before] = [path.at(-1), path.at(-2)];
  if (typeof last === "number" && (before === "steps" || path[0] === "on")) return "step";
  return last === "gate" ? "gate" : "other";
}

/**
 * Returns the issue with a key that only a later version of the language has; undefined if it is no
 * such key.
 */
export function laterKey(path: Path): RuleIssue | undefined {
  const key = String(path.at(-1));
  return LATER_KEYS[placeOf(path.slice(0, -1))].has(key) ? notInThisVersion(key) : undefined;
}

function notInThisVersion(key: string): RuleIssue & { readonly remedy: string } {
  return {
    kind: STEP_ISSUES.notInThisVersion,
    message: `${quoted(key)} is not in this version of the language`,
    remedy: "remove it, or begin it with `x-` to keep it as a note",
  };
}

/** Reports the steps of a later kind, if nothing else is wrong with the workflow. */
export function refuseLaterKinds(value: unknown, place: CheckPlace): void {
  const { issues, tree } = place;
  if (issues.hasErrors || !LATER_KINDS.some((key) => mayHave(place, key))) return;
  for (const { step, path } of everyStep(value))
    for (const key of LATER_KINDS) {
      if (ownValue(step, key) === undefined || issues.isFull) continue;
      const { kind, message, remedy } = notInThisVersion(key);
      const at = [...path, key];
      issues.add(kind, at, tree.locate(at, "key"), message, remedy);
    }
}
