import type { AgentDefinition } from "./agent.schema.js";
import { DEFAULT_GRACE_MS } from "./agent.schema.js";
import { durationMs } from "./duration.schema.js";
import { slugOf } from "./identifier.schema.js";
import { normaliseBudget, normaliseLimits } from "./normalise-budget.js";
import { normaliseInput } from "./normalise-input.js";
import type { ChildWorkflow, ListContext, TaskReader } from "./normalise-leaf.js";
import { agentsWith, limitsWith } from "./normalise-shared.js";
import { normaliseHandlers, normaliseSteps } from "./normalise-step.js";
import { hasOnlyFirstKeys } from "./step-kind.js";
import type { HandlersDefinition, WorkflowDefinition } from "./workflow.schema.js";
import type { CheckedWorkflow } from "./written-workflow.schema.js";

type CheckedAgent = NonNullable<CheckedWorkflow["agents"]>[string];

/** How to normalise a workflow. */
export interface NormaliseOptions {
  /** Returns the text of a file that a task names. Without it, such a task is an error. */
  readonly readTask?: TaskReader;
  /**
   * The normalised workflows of the files that steps include, by path as written. Their agents and
   * limits become those of the workflow.
   */
  readonly included?: ReadonlyMap<string, WorkflowDefinition>;
  /** The workflows of the files that steps run as runs of their own, by path as written. */
  readonly children?: ReadonlyMap<string, ChildWorkflow>;
}

/**
 * Normalises a workflow that passed `WrittenWorkflow`: fills in defaults, converts durations to ms,
 * and brings each construct into its one form.
 *
 * @throws Error if a step names a file that the options do not have
 */
export function normaliseWorkflow(
  written: CheckedWorkflow,
  { readTask = refuseFile, included = new Map(), children = new Map() }: NormaliseOptions = {},
): WorkflowDefinition {
  const id = written.id ?? slugOf(written.name ?? "") ?? "workflow";
  const context: ListContext = {
    defaults: written.defaults ?? {},
    readTask,
    readInclude: (file) => included.get(file) ?? refuseFile(file),
    readChild: (file) => children.get(file) ?? refuseFile(file),
  };
  const shared = [...new Set(included.values())];
  const definition: WorkflowDefinition = {
    id,
    name: written.name ?? id,
    version: String(written.version),
    ...(written.description !== undefined && { description: written.description }),
    inputs: mapValues(written.inputs, normaliseInput),
    context: written.context ?? {},
    metadata: written.metadata ?? {},
    limits: limitsWith(normaliseLimits(written.limits), shared),
    agents: agentsWith(mapValues(written.agents, normaliseAgent), shared),
    steps: normaliseSteps(written.steps, written.order, context),
  };
  const more = {
    ...(written.outputs !== undefined && { outputs: written.outputs }),
    ...(written.budget !== undefined && { budget: normaliseBudget(written.budget) }),
    ...(written.on !== undefined && { on: normaliseOn(written.on, context) }),
  };
  return isOfFirstVersion(definition) && Object.keys(more).length === 0
    ? definition
    : { ...definition, language: 2, ...more };
}

/** Normalises what a workflow shares with those that include it. */
export function normaliseShared({
  agents,
  limits,
}: Pick<CheckedWorkflow, "agents" | "limits">): Pick<WorkflowDefinition, "agents" | "limits"> {
  return { agents: mapValues(agents, normaliseAgent), limits: normaliseLimits(limits) };
}

function normaliseOn(
  { failure, always }: NonNullable<CheckedWorkflow["on"]>,
  context: ListContext,
): HandlersDefinition {
  return {
    ...(failure !== undefined && { failure: normaliseHandlers(failure, context) }),
    ...(always !== undefined && { always: normaliseHandlers(always, context) }),
  };
}

function isOfFirstVersion({ steps, inputs, limits }: WorkflowDefinition): boolean {
  return (
    limits.fanOut === undefined &&
    Object.values(limits.agents).every(hasOnlyConcurrency) &&
    Object.values(inputs).every(({ schema }) => schema === undefined) &&
    steps.every(hasOnlyFirstKeys)
  );
}

function refuseFile(file: string): never {
  throw new Error(`the content of the file \`${file}\` was not passed`);
}

function mapValues<From, To>(
  map: Readonly<Record<string, From>> | undefined,
  change: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(map ?? {}).map(([key, value]) => [key, change(value)]));
}

function hasOnlyConcurrency(limit: object): boolean {
  return Object.keys(limit).every((key) => key === "concurrency");
}

/** Normalises one entry of an `agents:` map that passed `WrittenAgent`. */
export function normaliseAgent(agent: CheckedAgent): AgentDefinition {
  const shared = {
    ...(agent.cwd !== undefined && { cwd: agent.cwd }),
    env: agent.env ?? {},
    ...(agent.timeout !== undefined && { timeout: durationMs(agent.timeout) }),
    grace: agent.grace === undefined ? DEFAULT_GRACE_MS : durationMs(agent.grace),
  };
  if ("preset" in agent)
    return { type: "preset", preset: agent.preset, args: agent.args ?? [], ...shared };
  const { command, input, output } = agent;
  return {
    type: "process",
    command,
    input,
    output,
    okExitCodes: agent.okExitCodes ?? [0],
    ...shared,
  };
}
