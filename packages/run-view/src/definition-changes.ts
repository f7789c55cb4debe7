import type { StepDefinition, WorkflowDefinition } from "@automatosx/schemas";

/** How one definition of a workflow differs from an earlier one. Each list is in file order. */
export interface DefinitionChanges {
  /** Steps that only the later definition has. */
  readonly added: readonly string[];
  /** Steps that only the earlier definition has. */
  readonly removed: readonly string[];
  /** Steps of both that are now performed in another way. */
  readonly changed: readonly ChangedStep[];
  /** The keys of the workflow itself that differ; `order` for the order of its steps. */
  readonly workflow: readonly string[];
}

/** A step that differs, and in what. */
export interface ChangedStep {
  /** The id of the step. */
  readonly stepId: string;
  /** The keys of the step, and of its agent in the workflow's `agents`, such as `command`. */
  readonly keys: readonly string[];
}

/** The keys of a workflow, in the order in which they are reported, without the steps. */
const WORKFLOW_KEYS = [
  "id",
  "name",
  "version",
  "description",
  "inputs",
  "context",
  "metadata",
  "limits",
] as const;

/** How many names `describeChanges` lists of one kind. */
const NAME_LIMIT = 4;

/**
 * Compares two normalised definitions; undefined if they mean the same. The layout of a file, its
 * comments, and values that equal the defaults do not count, because normalising removes them.
 */
export function definitionChanges(
  before: WorkflowDefinition,
  after: WorkflowDefinition,
): DefinitionChanges | undefined {
  const old = new Map(before.steps.map((step) => [step.id, step]));
  const now = new Set(after.steps.map(({ id }) => id));
  const added = [...now].filter((id) => !old.has(id));
  const removed = [...old.keys()].filter((id) => !now.has(id));
  const changed = after.steps.flatMap((step) => {
    const earlier = old.get(step.id);
    const keys = earlier === undefined ? [] : changedKeys(earlier, step, { before, after });
    return keys.length === 0 ? [] : [{ stepId: step.id, keys }];
  });
  const workflow = [
    ...WORKFLOW_KEYS.filter((key) => !isEqual(before[key], after[key])),
    ...(hasUnusedChange(before, after) ? ["agents"] : []),
    ...(isReordered([...old.keys()], [...now]) ? ["order"] : []),
  ];
  const count = added.length + removed.length + changed.length + workflow.length;
  return count === 0 ? undefined : { added, removed, changed, workflow };
}

/** The changes in a few words: `deploy: command, task; added: verify; workflow: inputs`. */
export function describeChanges({ added, removed, changed, workflow }: DefinitionChanges): string {
  return [
    ...first(changed).map(({ stepId, keys }) => `${stepId}: ${keys.join(", ")}`),
    ...(changed.length > NAME_LIMIT ? [`${changed.length - NAME_LIMIT} more steps`] : []),
    ...(added.length === 0 ? [] : [`added: ${namesOf(added)}`]),
    ...(removed.length === 0 ? [] : [`removed: ${namesOf(removed)}`]),
    ...(workflow.length === 0 ? [] : [`workflow: ${workflow.join(", ")}`]),
  ].join("; ");
}

interface Pair {
  readonly before: WorkflowDefinition;
  readonly after: WorkflowDefinition;
}

/** The keys in which a step differs. An agent that changed affects each step that uses it. */
function changedKeys(before: StepDefinition, after: StepDefinition, pair: Pair): string[] {
  const keys = differingKeys(before, after);
  if (before.agentId !== after.agentId) return keys;
  const [old, now] = [agentOf(pair.before, before.agentId), agentOf(pair.after, after.agentId)];
  if (isEqual(old, now)) return keys;
  const ofAgent =
    old === undefined || now === undefined
      ? ["agents"]
      : differingKeys(old, now).filter((key) => key !== "type");
  return [...new Set([...ofAgent, ...keys])];
}

function agentOf({ agents }: WorkflowDefinition, agentId: string): object | undefined {
  return Object.hasOwn(agents, agentId) ? agents[agentId] : undefined;
}

// Changes of agents that a step uses are reported with the step.
function hasUnusedChange(before: WorkflowDefinition, after: WorkflowDefinition): boolean {
  const used = new Set([...before.steps, ...after.steps].map(({ agentId }) => agentId));
  const ids = new Set([...Object.keys(before.agents), ...Object.keys(after.agents)]);
  return [...ids].some((id) => !used.has(id) && !isEqual(agentOf(before, id), agentOf(after, id)));
}

function isReordered(before: readonly string[], after: readonly string[]): boolean {
  const [old, now] = [new Set(before), new Set(after)];
  const keptAfter = after.filter((id) => old.has(id));
  return before.filter((id) => now.has(id)).some((id, index) => id !== keptAfter[index]);
}

function differingKeys(before: object, after: object): string[] {
  const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return [...new Set([...old.keys(), ...now.keys()])].filter(
    (key) => !isEqual(old.get(key), now.get(key)),
  );
}

// The values are JSON, whose depth is limited when a definition is read.
function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null)
    return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every(
      (key) => Object.hasOwn(other, key) && isEqual(Reflect.get(one, key), Reflect.get(other, key)),
    )
  );
}

function first<Item>(items: readonly Item[]): readonly Item[] {
  return items.slice(0, NAME_LIMIT);
}

function namesOf(ids: readonly string[]): string {
  const more = ids.length - NAME_LIMIT;
  return [...first(ids), ...(more > 0 ? [`${more} more`] : [])].join(", ");
}
