import { isKeyOfPerformer } from "@automatosx/schemas/written";
import { everyStep, type Path, quoted, type RuleIssue } from "@automatosx/source";
import type { CheckPlace } from "./check-place.js";
import { STEP_ISSUES } from "./step-issue-kinds.js";
import { entriesOf } from "./steps/own-value.js";

/** The keys of a later version that make a step one of a kind of their own. */
export const LATER_KINDS: ReadonlySet<string> = new Set([
  "gate",
  "wait",
  "stop",
  "include",
  "workflow",
]);

const LATER_STEP_KEYS: ReadonlySet<string> = new Set([
  ...LATER_KINDS,
  "session",
  "fallback",
  "check",
  "effect",
  "reconcile",
  "reserve",
  "cache",
]);

/** Where a key of a later version stands: the keys, by the kind of map. */
const LATER_KEYS: Readonly<Record<Place, ReadonlySet<string>>> = {
  workflow: new Set(["budget", "on"]),
  step: LATER_STEP_KEYS,
  defaults: new Set(["effect"]),
  retry: new Set(["on"]),
  limit: new Set(["rate", "scope", "reserve"]),
  other: new Set(),
};

type Place = "workflow" | "step" | "defaults" | "retry" | "limit" | "other";

function placeOf(path: Path): Place {
  if (path.length === 0) return "workflow";
  const [last, before] = [path.at(-1), path.at(-2)];
  if (typeof last === "number" && before === "steps") return "step";
  if (path.length === 1 && last === "defaults") return "defaults";
  if (last === "retry") return "retry";
  return path[0] === "limits" && path[1] === "agents" && path.length === 3 ? "limit" : "other";
}

/** The keys that identify a kind of this version. */
const KINDS = ["task", "run", "steps"];

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
  return { ...notInThisVersion(key), explainsMissingKeys: place === "limit" };
}

function notInThisVersion(key: string): RuleIssue & { readonly remedy: string } {
  return {
    kind: STEP_ISSUES.notInThisVersion,
    message: `${quoted(key)} is not in this version of the language`,
    remedy: "remove it, or begin it with `x-` to keep it as a note",
  };
}

/** Kinds that perform nothing themselves, so that no key of a performer belongs to them. */
const WAITING_KINDS = ["gate", "wait", "stop"];

/**
 * Reports the keys of steps of a later kind that belong to other kinds; and if nothing else is
 * wrong with the workflow, the keys that make them of that kind.
 */
export function refuseLaterKinds(value: unknown, { issues, tree }: CheckPlace): void {
  const later: Path[] = [];
  for (const { step, path } of everyStep(value)) {
    const keys = entriesOf(step).map(([key]) => key);
    const kind = keys.find((key) => LATER_KINDS.has(key));
    if (kind === undefined || keys.some((key) => KINDS.includes(key))) continue;
    later.push([...path, kind]);
    if (!WAITING_KINDS.includes(kind)) continue;
    for (const key of keys) {
      if (!isKeyOfPerformer(key)) continue;
      const at = [...path, key];
      const message = `${quoted(key)} belongs to other steps than those with ${quoted(kind)}`;
      issues.add(STEP_ISSUES.keyOfOtherKind, at, tree.locate(at, "key"), message);
    }
  }
  if (issues.hasErrors) return;
  for (const path of later) {
    const { kind, message, remedy } = notInThisVersion(String(path.at(-1)));
    issues.add(kind, path, tree.locate(path, "key"), message, remedy);
  }
}

/** Returns the issue with a value whose form only a later version has: a map of timeouts. */
export function laterForm(path: Path, form: "list" | "map" | "scalar"): RuleIssue | undefined {
  const place = placeOf(path.slice(0, -1));
  if (form !== "map" || path.at(-1) !== "timeout" || (place !== "step" && place !== "defaults"))
    return undefined;
  return {
    kind: STEP_ISSUES.notInThisVersion,
    message: "a map of timeouts is not in this version of the language",
    remedy: "write the time limit of one attempt: `timeout: 20m`",
    isAtKey: true,
  };
}
