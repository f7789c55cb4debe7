import type { Instance } from "./Instance.js";
import type { InstanceStore } from "./InstanceStore.js";

/**
 * The conversation that a leaf continues: a reference; undefined if it begins afresh; the text
 * `lost` if its source has completed without leaving one.
 */
export function sessionOf(leaf: Instance, store: InstanceStore): string | undefined {
  const source = sourceOfSession(leaf, store);
  if (source?.status !== "completed" || source.answeredBy !== leaf.agentId) return undefined;
  return source.session ?? "lost";
}

/** The leaf whose conversation this one continues; undefined if there is none. */
export function sourceOfSession(leaf: Instance, store: InstanceStore): Instance | undefined {
  const { from } = leaf.def.session ?? {};
  if (from === undefined) return undefined;
  return from === leaf.def.id ? roundBefore(leaf, store) : sourceAround(leaf, from, store);
}

function sourceAround(leaf: Instance, id: string, store: InstanceStore): Instance | undefined {
  const lists = [...leaf.around.slice(1).map(({ innerSteps }) => innerSteps), store.steps];
  return lists.flat().find(({ def }) => def.id === id);
}

/** The same place in the round before, of the innermost loop. */
function roundBefore(leaf: Instance, store: InstanceStore): Instance | undefined {
  const round = leaf.around.find(({ role }) => role === "round");
  const rounds = round?.owner?.inside ?? [];
  const before = round && rounds[rounds.indexOf(round) - 1];
  return round && before && store.at(before.path + leaf.path.slice(round.path.length));
}
