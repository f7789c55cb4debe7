import { type Path, quoted, type RuleIssue } from "@automatosx/source";
import type { CheckPlace } from "./check-place.js";
import { STEP_ISSUES } from "./step-issue-kinds.js";
import { entriesOf } from "./steps/own-value.js";
import { writtenLeaves } from "./steps/written-leaves.js";

/** The keys of a later version that make a step one of a kind of their own. */
export const LATER_KINDS: ReadonlySet<string> = new Set(["include", "workflow"]);

type Place = "step" | "gate" | "other";

/** Where a key of a later version stands: the keys, by the kind of map. */
const LATER_KEYS: Readonly<Record<Place, ReadonlySet<string>>> = {
  step: new Set([...LATER_KINDS, "cache"]),
  gate: new Set(),
  other: new Set(),
};

function placeOf(path: Path): Place {
  const [last, before] = [path.at(-1), path.at(-2)];
  if (typeof last === "number" && (before === "steps" || path[0] === "on")) return "step";
  return last === "gate" ? "gate" : "other";
}

/** The keys that identify a kind of this version. */
const KINDS = ["task", "run", "steps", "gate", "wait", "stop"];

/**
 * Returns the issue with a key that only a later version of the language has; undefined if it is no
 * such key, and null if it identifies a kind, which is reported last.
 */
export function laterKey(path: Path, siblings: readonly string[]): RuleIssue | null | undefined {
  const key = String(path.at(-1));
  const place = placeOf(path.slice(0, -1));
  if (!LATER_KEYS[place].has(key)) return undefined;
  if (place === "step" && LATER_KINDS.has(key)) {
    const other = siblings.find((sibling) => KINDS.includes(sibling));
    if (other === undefined) return null;
    const message = `${quoted(key)} and ${quoted(other)} are two kinds of step`;
    return { kind: STEP_ISSUES.twoKinds, message };
  }
  return notInThisVersion(key);
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
  if (place.issues.hasErrors) return;
  for (const { written, path } of writtenLeaves(value))
    for (const [key] of entriesOf(written)) if (LATER_KINDS.has(key)) refuse([...path, key], place);
}

function refuse(path: Path, { issues, tree }: CheckPlace): void {
  if (issues.isFull) return;
  const { kind, message, remedy } = notInThisVersion(String(path.at(-1)));
  issues.add(kind, path, tree.locate(path, "key"), message, remedy);
}
