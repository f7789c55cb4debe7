import { DEFAULT_ITEM_NAME } from "./definition-limits.js";
import { durationMs } from "./duration.schema.js";
import { normaliseChecks, normaliseReconcile } from "./normalise-check.js";
import { childRunOf, includeOf } from "./normalise-include.js";
import { answerOf, attemptsOf, type ListContext, performerOf, totalOf } from "./normalise-leaf.js";
import { normaliseGate, normaliseStop, normaliseWait } from "./normalise-wait.js";
import type { ForeachDefinition, LoopDefinition, StepDefinition } from "./step.schema.js";
import { isPlainStep, kindOf } from "./step-kind.js";
import { unwrapExpression } from "./unwrap-expression.js";
import type { CheckedHandler, CheckedStep } from "./written-step.schema.js";

type Mode = "done" | "ok-or-skipped" | "listed";

/** The edges of a step: its dependencies, and the modes of those that are not `ok`. */
interface Edges {
  readonly dependencies: string[];
  readonly joins?: Record<string, Mode>;
  readonly join?: "any";
}

/**
 * Normalises the steps of a workflow or a group. In a listed order, each waits for the one before.
 */
export function normaliseSteps(
  steps: readonly CheckedStep[],
  order: "listed" | undefined,
  context: ListContext,
): StepDefinition[] {
  return steps.map((step, index) => {
    if (order === undefined && isPlainStep(step)) return normalisePlain(step, context);
    const before = steps[index - 1]?.id;
    const edges =
      order !== "listed"
        ? edgesOf(step)
        : before === undefined
          ? { dependencies: [] }
          : { dependencies: [before], joins: { [before]: "listed" as const } };
    return normaliseStep(step, edges, context);
  });
}

function normalisePlain(step: CheckedStep, context: ListContext): StepDefinition {
  return {
    id: step.id,
    name: step.name ?? step.id,
    ...performerOf(step, context),
    dependencies: (step.dependencies as string[] | undefined) ?? [],
    ...attemptsOf(step, context.defaults, checkpointOf(step)),
    ...(context.defaults.reasks !== undefined && { reasks: context.defaults.reasks }),
    ...effectOf(step, context),
  };
}

function normaliseStep(step: CheckedStep, edges: Edges, context: ListContext): StepDefinition {
  const { dependencies, ...modes } = edges;
  const common = { id: step.id, name: step.name ?? step.id };
  const shared = {
    ...modes,
    ...(step.if !== undefined && { if: unwrapExpression(step.if) }),
    ...(step.foreach !== undefined && { foreach: normaliseForeach(step, step.foreach) }),
    ...(step.loop !== undefined && { loop: normaliseLoop(step.loop) }),
  };
  // A step that no agent and no program performs.
  const unperformed = (agentId: StepDefinition["agentId"]) => ({
    ...common,
    agentId,
    ...{ task: "", dependencies, parallel: true, retries: 0 },
    continueOnError: step.continueOnError ?? false,
    ...shared,
  });
  switch (kindOf(step)) {
    case "group":
      return {
        ...unperformed("@group"),
        steps: normaliseSteps(step.steps ?? [], step.order, context),
        ...(step.outputs !== undefined && { outputs: step.outputs }),
        ...totalOf(step),
      };
    case "include":
      return { ...unperformed("@group"), ...includeOf(step, context) };
    case "workflow": {
      const { attempts, workflow } = childRunOf(step, context, checkpointOf(step));
      return {
        ...common,
        agentId: "@workflow",
        task: "",
        dependencies,
        ...attempts,
        ...shared,
        ...workflow,
      };
    }
    case "gate":
      return {
        ...unperformed("@gate"),
        ...(step.gate !== undefined && { gate: normaliseGate(step.gate) }),
      };
    case "wait":
      return {
        ...unperformed("@wait"),
        ...(step.wait !== undefined && { wait: normaliseWait(step.wait) }),
      };
    case "stop":
      return {
        ...unperformed("@stop"),
        ...(step.stop !== undefined && { stop: normaliseStop(step.stop) }),
      };
    default:
      return {
        ...common,
        ...performerOf(step, context),
        dependencies,
        ...attemptsOf(step, context.defaults, checkpointOf(step)),
        ...shared,
        ...answerOf(step, context.defaults),
        ...effectOf(step, context),
        ...(step.check !== undefined && { check: normaliseChecks(step.check, context) }),
        ...(step.reconcile !== undefined && {
          reconcile: normaliseReconcile(step.reconcile, context),
        }),
        ...cacheOf(step),
      };
  }
}

/** Whether the result may come from another run, and for how long. */
function cacheOf({ cache }: CheckedStep): Pick<StepDefinition, "cache"> {
  if (cache === undefined) return {};
  const age = cache === true ? undefined : cache.for;
  return { cache: age === undefined ? {} : { forMs: durationMs(age) } };
}

/** Normalises the handlers of a run. Those without an id are numbered. */
export function normaliseHandlers(
  handlers: readonly CheckedHandler[],
  context: ListContext,
): StepDefinition[] {
  return normaliseSteps(
    handlers.map((handler, index) => ({ ...handler, id: handler.id ?? `step-${index + 1}` })),
    undefined,
    context,
  );
}

/** The name of the checkpoint to write when the step has completed. */
function checkpointOf({ id, checkpoint }: CheckedStep): string | undefined {
  return checkpoint === true ? id : checkpoint === false ? undefined : checkpoint;
}

/** What an attempt changes. `idempotent` is not written. */
function effectOf(
  { effect }: CheckedStep,
  { defaults }: ListContext,
): Pick<StepDefinition, "effect"> {
  const own = effect ?? defaults.effect;
  return own === undefined || own === "idempotent" ? {} : { effect: own };
}

function edgesOf({ dependencies = [], join = "ok" }: CheckedStep): Edges {
  const modes = new Map<string, string | undefined>();
  const ids: string[] = [];
  let isPlain = join === "ok";
  for (const entry of dependencies) {
    if (typeof entry === "string") {
      ids.push(entry);
      if (!modes.has(entry)) modes.set(entry, undefined);
      continue;
    }
    isPlain = false;
    for (const [id, mode] of Object.entries(entry)) {
      if (!modes.has(id)) ids.push(id);
      modes.set(id, mode);
    }
  }
  if (isPlain) return { dependencies: ids };
  const silent = join === "any" ? "done" : join;
  const joins = [...modes].flatMap(([id, mode = silent]): [string, Mode][] =>
    mode === "ok" ? [] : [[id, mode as Mode]],
  );
  return {
    dependencies: [...new Set(ids)],
    ...(joins.length > 0 && { joins: Object.fromEntries(joins) }),
    ...(join === "any" && { join }),
  };
}

function normaliseForeach(
  { key, as, concurrency }: CheckedStep,
  written: NonNullable<CheckedStep["foreach"]>,
): ForeachDefinition {
  const own = typeof written === "string" || Array.isArray(written) ? { in: written } : written;
  const itemKey = own.key ?? key;
  const limit = own.concurrency ?? concurrency;
  return {
    in: typeof own.in === "string" ? unwrapExpression(own.in) : own.in,
    ...(itemKey !== undefined && { key: unwrapExpression(itemKey) }),
    as: own.as ?? as ?? DEFAULT_ITEM_NAME,
    ...(limit !== undefined && { concurrency: limit }),
  };
}

function normaliseLoop({
  max,
  until,
  every,
  onMax = "fail",
}: NonNullable<CheckedStep["loop"]>): LoopDefinition {
  return {
    max,
    ...(until !== undefined && { until: unwrapExpression(until) }),
    ...(every !== undefined && { everyMs: durationMs(every) }),
    onMax,
  };
}
