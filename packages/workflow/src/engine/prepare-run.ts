import { HARD_MAX_STEPS, type WorkflowDefinition } from "@automatosx/schemas";
import { buildDependencyGraph } from "../core/dependency-graph.js";
import type { Effect, RunPolicy, WorkflowEvent } from "../core/workflow-state-machine.js";
import { checkData } from "../definition/check-definition.js";
import { hashDefinition } from "../definition/definition-hash.js";
import { type OutsideReference, outsideReferences } from "../definition/outside-references.js";
import { orThrow, WorkflowParser } from "../definition/WorkflowParser.js";
import { writeAsJson } from "../definition/write-as-json.js";
import type { StoredDefinition } from "../storage/StoragePort.js";

/** When a checkpoint is written unasked. */
export interface CheckpointPolicy {
  /** After so many completed steps. */
  readonly every?: number;
  /** At the first completed step after so many ms. */
  readonly intervalMs?: number;
}

export interface LimitOptions {
  /** Steps of one run in flight at once. The workflow's own `limits` count too: the smaller one holds. */
  readonly concurrency?: number;
  /** The same for the steps of one agent, by agent id. */
  readonly agentConcurrency?: Readonly<Record<string, number>>;
}

export type WorkflowFormat = "yaml" | "json";

export interface PreparedDefinition {
  readonly definition: WorkflowDefinition;
  readonly stored: Omit<StoredDefinition, "createdAt">;
  readonly references: readonly OutsideReference[];
}

// A program may hand over more steps than a person could write.
const parser = new WorkflowParser({ maxSteps: HARD_MAX_STEPS });

// A service starts the same few definitions over and over; parsing is dearer than the run of a small one.
const REMEMBERED = 64;
const remembered = new Map<string, PreparedDefinition>();

/** Text or a definition as data, checked and ready to be stored. `invalid_definition` with every issue. */
export function prepareDefinition(
  source: string | object,
  format?: WorkflowFormat,
): PreparedDefinition {
  if (typeof source !== "string") return prepareData(source);
  const as = format ?? (source.trimStart().startsWith("{") ? "json" : "yaml");
  return remember(`${as}:${source}`, () => describe(parser.parse(source, as), source, as));
}

// By its text too; the parser says what is wrong with data that has none.
function prepareData(source: object): PreparedDefinition {
  const json = writeAsJson(source);
  if (!json.ok) return describe(parser.parse(source), "", "json");
  return remember(`data:${json.text}`, () =>
    describe(orThrow(checkData(json.text, HARD_MAX_STEPS)), json.text, "json"),
  );
}

function remember(key: string, prepare: () => PreparedDefinition): PreparedDefinition {
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const prepared = prepare();
  if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value ?? key);
  remembered.set(key, prepared);
  return prepared;
}

function describe(
  definition: WorkflowDefinition,
  source: string,
  format: WorkflowFormat,
): PreparedDefinition {
  const { id, name, version, steps } = definition;
  const stored = { workflowId: id, name, version, format, source, stepCount: steps.length };
  return {
    definition,
    stored: { ...stored, hash: hashDefinition(definition), definition: JSON.stringify(definition) },
    references: outsideReferences(steps),
  };
}

/** How much of a run may be in flight at once, and when it writes checkpoints: pinned to the run in its journal. */
export function policyOf(
  definition: WorkflowDefinition,
  limits: LimitOptions,
  checkpoint: CheckpointPolicy,
): RunPolicy {
  const concurrency = smaller(definition.limits.concurrency, limits.concurrency);
  const agents = new Map<string, number>();
  for (const [id, limit] of Object.entries(definition.limits.agents ?? {}))
    agents.set(id, limit.concurrency);
  for (const [id, limit] of Object.entries(limits.agentConcurrency ?? {}))
    agents.set(id, smaller(agents.get(id), limit) ?? limit);
  return {
    ...(concurrency !== undefined && { concurrency }),
    ...(agents.size > 0 && { agentConcurrency: Object.fromEntries(agents) }),
    ...(checkpoint.every !== undefined && { checkpointEvery: checkpoint.every }),
    ...(checkpoint.intervalMs !== undefined && { checkpointIntervalMs: checkpoint.intervalMs }),
  };
}

/** The engine's limits, with a run's own in their place. */
export function mergeLimits(engine: LimitOptions, run: LimitOptions): LimitOptions {
  const concurrency = run.concurrency ?? engine.concurrency;
  const agentConcurrency = { ...engine.agentConcurrency, ...run.agentConcurrency };
  return { agentConcurrency, ...(concurrency !== undefined && { concurrency }) };
}

/** What the machine asks of a definition, answered from one that has been parsed. */
export function answerFromDefinition(
  definition: WorkflowDefinition,
  policy: RunPolicy,
  effect: Effect,
): WorkflowEvent | undefined {
  switch (effect.type) {
    case "parse_definition":
      return { type: "workflow_parsed", steps: definition.steps, policy };
    case "validate_definition":
      return { type: "workflow_valid" };
    case "build_dependency_graph": {
      const built = buildDependencyGraph(definition.steps);
      if (built.ok) return { type: "graph_built", ...built.graph };
      return {
        type: "graph_invalid",
        reason: built.problems.map((problem) => JSON.stringify(problem)).join("; "),
      };
    }
    case "schedule_batches":
      return { type: "steps_scheduled" };
    default:
      return undefined;
  }
}

function smaller(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
