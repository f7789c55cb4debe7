import { has } from "./several-keys.js";

/**
 * The kinds of a step. One key identifies each of them: `task` an agent step, `run` a program,
 * `steps` a group, and `gate`, `wait`, `stop`, `include` and `workflow` themselves.
 */
export type StepKind =
  | "agent"
  | "run"
  | "group"
  | "gate"
  | "wait"
  | "stop"
  | "include"
  | "workflow";

/** What a step of each kind is, for messages. */
export const KIND_NOUNS: Readonly<Record<StepKind, string>> = {
  agent: "an agent step",
  run: "a `run` step",
  group: "a group",
  gate: "a gate",
  wait: "a wait",
  stop: "a stop",
  include: "an `include`",
  workflow: "a `workflow` step",
};

const KIND_OF_KEY: ReadonlyMap<string, StepKind> = new Map([
  ["task", "agent"],
  ["run", "run"],
  ["steps", "group"],
  ["gate", "gate"],
  ["wait", "wait"],
  ["stop", "stop"],
  ["include", "include"],
  ["workflow", "workflow"],
]);

/** The keys that identify a kind. */
export const KIND_KEYS: readonly string[] = [...KIND_OF_KEY.keys()];

/** A key that makes a step one of a kind. */
export interface KindKey {
  readonly key: string;
  readonly kind: StepKind;
}

/** Returns the keys of a step that each identify a kind, in the order in which they are written. */
export function kindKeysOf(step: unknown): KindKey[] {
  if (typeof step !== "object" || step === null) return [];
  const found = Object.keys(step).flatMap((key) => {
    const kind = KIND_OF_KEY.get(key);
    return kind === undefined ? [] : [{ key, kind }];
  });
  // A program has no task, whichever of the two is written first.
  return found.some(({ kind }) => kind === "run")
    ? found.filter(({ kind }) => kind !== "agent")
    : found;
}

/** Returns the kind of a step as written, or undefined if no key identifies one. */
export function kindOf(step: unknown): StepKind | undefined {
  // Most steps are of an agent, and a file may have thousands of them.
  if (has(step, "task") && !has(step, "steps") && !has(step, "run") && !isOfOtherKind(step))
    return "agent";
  return kindKeysOf(step)[0]?.kind ?? (has(step, "agentId") ? "agent" : undefined);
}

const OTHER_KINDS = ["gate", "wait", "stop", "include", "workflow"] as const;

function isOfOtherKind(step: unknown): boolean {
  return OTHER_KINDS.some((key) => has(step, key));
}

/**
 * The keys of a step that version 0.1.0 has. A normalised definition without any other carries no
 * `language`, so it keeps its hash.
 */
export const FIRST_STEP_KEYS: ReadonlySet<string> = new Set([
  "id",
  "name",
  "description",
  "agentId",
  "task",
  "dependencies",
  "parallel",
  "timeout",
  "estimate",
  "retries",
  "retry",
  "continueOnError",
  "checkpoint",
]);

/** Whether a step, written or normalised, has only keys of version 0.1.0. */
export function hasOnlyFirstKeys(step: object): boolean {
  for (const key in step) if (!FIRST_STEP_KEYS.has(key)) return false;
  return true;
}

/**
 * Whether a step as written is a task of an agent that uses nothing beyond version 0.1.0. Most
 * steps are, and they are checked in a third of the time.
 */
export function isPlainStep(step: unknown): boolean {
  if (typeof step !== "object" || step === null || !has(step, "task")) return false;
  if (!hasOnlyFirstKeys(step)) return false;
  return hasFirstForms(step as Readonly<Record<string, unknown>>);
}

/** Whether the values of a step as written have the forms of version 0.1.0. */
export function hasFirstForms({
  agentId,
  task,
  dependencies,
  timeout,
  retry,
}: Readonly<Record<string, unknown>>): boolean {
  return (
    typeof task !== "object" &&
    typeof agentId !== "object" &&
    typeof timeout !== "object" &&
    !has(retry, "on") &&
    (!Array.isArray(dependencies) || dependencies.every((entry) => typeof entry !== "object"))
  );
}

const LEAVES: readonly StepKind[] = ["agent", "run"];
/** The kinds that have attempts which an engine performs. */
const PERFORMED: readonly StepKind[] = [...LEAVES, "workflow"];
/** The kinds that may stand several times: for each item, or in rounds. */
const REPEATED: readonly StepKind[] = [
  "agent",
  "run",
  "group",
  "gate",
  "wait",
  "include",
  "workflow",
];

/** The kinds of step that a key belongs to. A key that is not listed belongs to all of them. */
export const KINDS_OF_KEY: ReadonlyMap<string, readonly StepKind[]> = new Map([
  ["agentId", ["agent"]],
  ["task", ["agent"]],
  ["with", ["agent", "include", "workflow"]],
  ["reasks", ["agent"]],
  ["session", ["agent"]],
  ["fallback", ["agent"]],
  ["reserve", ["agent", "workflow"]],
  ["outputs", ["group"]],
  ["order", ["group"]],
  ["files", LEAVES],
  ["output", LEAVES],
  ["parallel", PERFORMED],
  ["timeout", ["agent", "run", "group", "include", "workflow"]],
  ["estimate", PERFORMED],
  ["retries", PERFORMED],
  ["retry", PERFORMED],
  ["checkpoint", PERFORMED],
  ["check", LEAVES],
  ["effect", LEAVES],
  ["cache", LEAVES],
  ["reconcile", LEAVES],
  ["foreach", REPEATED],
  ["key", REPEATED],
  ["as", REPEATED],
  ["concurrency", REPEATED],
  ["loop", REPEATED],
  ["continueOnError", REPEATED],
]);
