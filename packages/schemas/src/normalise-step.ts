import {
  DEFAULT_ITEM_NAME,
  DEFAULT_RETRY,
  DEFAULT_SHELL,
  DEFAULT_STEP_TIMEOUT_MS,
} from "./definition-limits.js";
import { durationMs } from "./duration.schema.js";
import type {
  ForeachDefinition,
  LoopDefinition,
  RetryDefinition,
  RunDefinition,
  StepDefinition,
} from "./step.schema.js";
import { isPlainStep, kindOf } from "./step-kind.js";
import { unwrapExpression } from "./unwrap-expression.js";
import type { CheckedStep } from "./written-step.schema.js";
import type { CheckedWorkflow } from "./written-workflow.schema.js";

type CheckedDefaults = NonNullable<CheckedWorkflow["defaults"]>;
type CheckedRetry = NonNullable<CheckedStep["retry"]>;

/** Returns the text of a file that a task names. */
export type TaskReader = (file: string) => string;

/** What the steps of one list have in common. */
interface ListContext {
  readonly defaults: CheckedDefaults;
  readonly readTask: TaskReader;
}

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
    ...attemptsOf(step, context.defaults),
    ...(context.defaults.reasks !== undefined && { reasks: context.defaults.reasks }),
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
  const kind = kindOf(step);
  if (kind === "group" && step.steps !== undefined) {
    return {
      ...common,
      agentId: "@group",
      task: "",
      dependencies,
      parallel: true,
      retries: 0,
      continueOnError: step.continueOnError ?? false,
      ...shared,
      steps: normaliseSteps(step.steps, step.order, context),
      ...(step.outputs !== undefined && { outputs: step.outputs }),
    };
  }
  return {
    ...common,
    ...performerOf(step, context),
    dependencies,
    ...attemptsOf(step, context.defaults),
    ...shared,
    ...answerOf(step, context.defaults),
  };
}

/** Who performs a leaf, and what it is asked. */
function performerOf(
  { agentId, task, run }: CheckedStep,
  { defaults, readTask }: ListContext,
): Pick<StepDefinition, "agentId" | "task"> {
  if (run !== undefined) return { agentId: "@run", task: "" };
  const named = agentId ?? defaults.agentId ?? "";
  return {
    agentId: typeof named === "string" ? named : "@choice",
    task: typeof task === "object" ? readTask(task.file) : (task ?? ""),
  };
}

/** What concerns the attempts of a leaf. The order of the keys is that of version 0.1.0. */
function attemptsOf(step: CheckedStep, defaults: CheckedDefaults) {
  const timeout = step.timeout ?? defaults.timeout;
  const retry = normaliseRetry({ ...defaults.retry, ...step.retry });
  const checkpoint = step.checkpoint === true ? step.id : step.checkpoint;
  return {
    parallel: step.parallel ?? true,
    timeout: timeout === undefined ? DEFAULT_STEP_TIMEOUT_MS : durationMs(timeout),
    retries: step.retries ?? step.retry?.max ?? defaults.retries ?? defaults.retry?.max ?? 0,
    continueOnError: step.continueOnError ?? false,
    ...(retry && { retry }),
    ...(checkpoint && { checkpoint }),
    ...(step.estimate !== undefined && { estimate: durationMs(step.estimate) }),
  };
}

/** What a leaf is given besides its task, and what its answer must be. */
function answerOf(step: CheckedStep, defaults: CheckedDefaults) {
  const reasks = step.reasks ?? (step.run === undefined ? defaults.reasks : undefined);
  return {
    ...(step.run !== undefined && { run: normaliseRun(step.run) }),
    ...(typeof step.agentId === "object" && {
      choice: { from: unwrapExpression(step.agentId.from), oneOf: step.agentId.oneOf },
    }),
    ...(step.with !== undefined && { with: step.with }),
    ...(step.files !== undefined && { files: step.files }),
    ...(step.output !== undefined && { output: step.output }),
    ...(reasks !== undefined && { reasks }),
  };
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

function normaliseRun(written: NonNullable<CheckedStep["run"]>): RunDefinition {
  if (Array.isArray(written)) return { command: written };
  const { command, script, shell, env, dir, input, okExitCodes } = written;
  const isUsualShell = shell === undefined || isSame(shell, DEFAULT_SHELL);
  const isUsualCode = okExitCodes === undefined || isSame(okExitCodes, [0]);
  return {
    ...(command !== undefined && { command }),
    ...(script !== undefined && { script }),
    ...(!isUsualShell && { shell }),
    ...(env !== undefined && Object.keys(env).length > 0 && { env }),
    ...(dir !== undefined && { dir }),
    ...(input !== undefined && input !== "" && { input }),
    ...(!isUsualCode && { okExitCodes }),
  };
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}

/**
 * Undefined if no delay is given: the default policy of the engine version that executes the run
 * then applies.
 */
function normaliseRetry(retry: CheckedRetry): RetryDefinition | undefined {
  const { backoff, factor, maxBackoff, jitter } = retry;
  if (
    backoff === undefined &&
    factor === undefined &&
    maxBackoff === undefined &&
    jitter === undefined
  )
    return undefined;
  const maxMs = maxBackoff === undefined ? undefined : durationMs(maxBackoff);
  const initialDelayMs =
    backoff === undefined
      ? Math.min(DEFAULT_RETRY.initialDelayMs, maxMs ?? Infinity)
      : durationMs(backoff);
  return {
    initialDelayMs,
    factor: factor ?? DEFAULT_RETRY.factor,
    maxDelayMs: maxMs ?? Math.max(DEFAULT_RETRY.maxDelayMs, initialDelayMs),
    jitter: jitter ?? DEFAULT_RETRY.jitter,
  };
}
