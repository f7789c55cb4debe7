import type { Refusal } from "./gates.js";
import type { Instance } from "./Instance.js";
import type { InstanceStore } from "./InstanceStore.js";
import type { Run } from "./Run.js";
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
  const isLeaf = form === "leaf" || form === "gate" || form === "wait";
  if (!isLeaf || role === "attached" || status !== "completed") return "step_not_completed";
  if (attemptNumber !== leaf.attemptNumber) return "older_attempt";
  const schema = form === "leaf" ? def.output : undefined;
  return schema !== undefined && schemaMisfit(schema, result) !== undefined
    ? "invalid_answer"
    : undefined;
}

/** The leaf whose result a gate lets people edit. */
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

/** The paths of the leaves that depend on these, or on what is around these. */
export function leavesBehind(store: InstanceStore, paths: readonly string[]): string[] {
  const behind = new Set<Instance>();
  const visit = (instance: Instance): void => {
    const siblings = instance.owner?.innerSteps ?? store.steps;
    for (const sibling of siblings) {
      if (behind.has(sibling) || !sibling.def.dependencies.includes(instance.def.id)) continue;
      behind.add(sibling);
      visit(sibling);
    }
    if (instance.owner !== undefined) visit(instance.owner);
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
