import type { StepDef } from "@automatosx/rescript-core";
import type { Refusal } from "./gates.js";
import type { Instance } from "./Instance.js";
import type { InstanceStore } from "./InstanceStore.js";
import { isMap } from "./json-values.js";
import type { Run, RunPlan } from "./Run.js";
import { schemaMisfit } from "./schema-misfit.js";

/** Why the result of a leaf may not be replaced by this one. */
export function editRefusal(
  { tree }: Run,
  path: string,
  attemptNumber: number,
  result: unknown,
): Refusal | undefined {
  const leaf = tree.at(path);
  if (leaf === undefined) return "unknown_step";
  const { form, role, status, def } = leaf;
  if (attemptNumber < leaf.attemptNumber) return "older_attempt";
  const isSleep = form === "wait" && def.wait?.signal === undefined;
  const isLeaf = (form === "leaf" || form === "gate" || form === "wait") && !isSleep;
  const isEditable = isLeaf && role !== "attached" && status === "completed";
  if (!isEditable || attemptNumber !== leaf.attemptNumber) return "step_not_completed";
  return fits(leaf, result) ? undefined : "invalid_answer";
}

function fits({ form, def }: Instance, result: unknown): boolean {
  if (form === "gate") return isGateResult(def.gate, result);
  const schema = form === "wait" ? def.wait?.form : def.output;
  return schema === undefined || schemaMisfit(schema, result) === undefined;
}

function isGateResult(gate: StepDef["gate"], result: unknown): boolean {
  if (!isMap(result)) return false;
  const { approved, ...values } = result;
  if (approved === false) return gate?.onReject === "continue";
  return approved === true && schemaMisfit(gate?.form, values) === undefined;
}

/** The leaf whose result an answer to a gate may replace. */
export function editableOf({ steps }: InstanceStore, gate: Instance): Instance | undefined {
  const [, id] = /^steps\.([A-Za-z][\w-]*)\.output$/.exec(gate.def.gate?.editable ?? "") ?? [];
  const lists = [...gate.around.slice(1).map(({ innerSteps }) => innerSteps), steps];
  return lists.flat().find(({ def }) => def.id === id);
}

/** The paths of the leaves among these and inside them. */
export const leavesIn = ({ instances }: InstanceStore, paths: readonly string[]): string[] =>
  instances
    .filter((leaf) => leaf.around.some(({ path }) => paths.includes(path)))
    .map(({ path }) => path);

/** The paths of the steps that depend on these or on what is around these, and of what is inside. */
export function leavesBehind(store: InstanceStore, paths: readonly string[]): string[] {
  const behind = new Set<Instance>();
  const seen = new Set<Instance>();
  const visit = (instance: Instance): void => {
    if (seen.has(instance)) return;
    seen.add(instance);
    const { owner, def, role } = instance;
    const siblings = role === "step" ? (owner?.innerSteps ?? store.steps) : [];
    const dependents = siblings.filter((other) => other.def.dependencies.includes(def.id));
    // A round has seen those before it.
    const rounds = role === "round" ? (owner?.inside ?? []) : [];
    for (const next of [...dependents, ...rounds.slice(rounds.indexOf(instance) + 1)]) {
      behind.add(next);
      visit(next);
    }
    if (owner !== undefined) visit(owner);
  };
  for (const path of paths) {
    const instance = store.at(path);
    if (instance !== undefined) visit(instance);
  }
  return leavesIn(
    store,
    [...behind].map(({ path }) => path),
  );
}

/** True for a path of what is inside one of these. */
export const isInside = (path: string, around: readonly string[]): boolean =>
  around.some((place) => path.startsWith(place) && /^[.[#:]/.test(path.slice(place.length)));

/** True if the workflow has a step for a path, whatever the items and the rounds. */
export function hasPath({ steps, on = {} }: RunPlan, path: string): boolean {
  const [first = "", ...ids] = path.replaceAll(/\[[^\]]*\]|#\d+/g, "").split(".");
  const handler = /^:(failure|always)$/.exec(first)?.[1] as "failure" | "always" | undefined;
  return handler === undefined ? hasSteps(steps, [first, ...ids]) : hasSteps(on[handler], ids);
}

function hasSteps(steps: readonly StepDef[] = [], [id, ...inner]: readonly string[]): boolean {
  const step = steps.find((one) => one.id === id);
  return step !== undefined && (inner.length === 0 || hasSteps(step.steps, inner));
}
