import { has } from "./several-keys.js";

/**
 * The kinds of a step. One key identifies each of them: `task` an agent step, `run` a program,
 * `steps` a group.
 */
export type StepKind = "agent" | "run" | "group";

/** What a step of each kind is, for messages. */
export const KIND_NOUNS: Readonly<Record<StepKind, string>> = {
  agent: "an agent step",
  run: "a `run` step",
  group: "a group",
};

const KIND_OF_KEY: ReadonlyMap<string, StepKind> = new Map([
  ["task", "agent"],
  ["run", "run"],
  ["steps", "group"],
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
  if (!has(step, "steps") && !has(step, "run"))
    return has(step, "task") || has(step, "agentId") ? "agent" : undefined;
  return kindKeysOf(step)[0]?.kind;
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
}: Readonly<Record<string, unknown>>): boolean {
  return (
    typeof task !== "object" &&
    typeof agentId !== "object" &&
    (!Array.isArray(dependencies) || dependencies.every((entry) => typeof entry !== "object"))
  );
}

const LEAVES: readonly StepKind[] = ["agent", "run"];

/** The kinds of step that a key belongs to. A key that is not listed belongs to all of them. */
export const KINDS_OF_KEY: ReadonlyMap<string, readonly StepKind[]> = new Map([
  ["agentId", ["agent"]],
  ["task", ["agent"]],
  ["with", ["agent"]],
  ["reasks", ["agent"]],
  ["outputs", ["group"]],
  ["order", ["group"]],
  ["files", LEAVES],
  ["output", LEAVES],
  ["parallel", LEAVES],
  ["timeout", LEAVES],
  ["estimate", LEAVES],
  ["retries", LEAVES],
  ["retry", LEAVES],
  ["checkpoint", LEAVES],
]);

/** Whether a key says how an agent, a program or a group performs a step. */
export function isKeyOfPerformer(key: string): boolean {
  return KINDS_OF_KEY.has(key);
}
