import { DEFAULT_RETRY, DEFAULT_SHELL, DEFAULT_STEP_TIMEOUT_MS } from "./definition-limits.js";
import { durationMs } from "./duration.schema.js";
import type { FailureClass, WrittenFailureClass } from "./failure-class.schema.js";
import type {
  FallbackDefinition,
  RetryDefinition,
  RunDefinition,
  StepDefinition,
} from "./step.schema.js";
import { unwrapExpression } from "./unwrap-expression.js";
import type { WorkflowDefinition } from "./workflow.schema.js";
import type { CheckedStep } from "./written-step.schema.js";
import type { CheckedWorkflow } from "./written-workflow.schema.js";

/** The values for steps that do not set their own. */
export type CheckedDefaults = NonNullable<CheckedWorkflow["defaults"]>;
type CheckedRetry = NonNullable<CheckedStep["retry"]>;
type CheckedTimeout = NonNullable<CheckedStep["timeout"]>;

/** Returns the text of a file that a task names. */
export type TaskReader = (file: string) => string;

/** A workflow that a step runs as a run of its own. */
export interface ChildWorkflow {
  readonly id: string;
  /** The hash of its normalised definition. */
  readonly hash: string;
}

/** What the steps of one list have in common. */
export interface ListContext {
  readonly defaults: CheckedDefaults;
  readonly readTask: TaskReader;
  /** Returns the normalised workflow of a file that a step includes. */
  readonly readInclude: (file: string) => WorkflowDefinition;
  /** Returns the workflow of a file that a step runs as a run of its own. */
  readonly readChild: (file: string) => ChildWorkflow;
}

/** The keys of a leaf that a step which is attached to another has as well. */
export type LeafKeys = Pick<
  CheckedStep,
  | "agentId"
  | "task"
  | "run"
  | "with"
  | "output"
  | "reasks"
  | "timeout"
  | "retries"
  | "retry"
  | "fallback"
  | "reserve"
>;

/** Who performs a leaf, and what it is asked. */
export function performerOf(
  { agentId, task, run }: LeafKeys,
  { defaults, readTask }: Pick<ListContext, "defaults" | "readTask">,
): Pick<StepDefinition, "agentId" | "task"> {
  if (run !== undefined) return { agentId: "@run", task: "" };
  const named = agentId ?? defaults.agentId ?? "";
  return {
    agentId: typeof named === "string" ? named : "@choice",
    task: typeof task === "object" ? readTask(task.file) : (task ?? ""),
  };
}

/** What concerns the attempts of a leaf. The order of the keys is that of version 0.1.0. */
export function attemptsOf(
  step: LeafKeys & Partial<Pick<CheckedStep, "parallel" | "continueOnError" | "estimate">>,
  defaults: CheckedDefaults,
  checkpoint?: string,
) {
  const { attempt, idle, total } = timeouts(step.timeout, defaults.timeout);
  const delays = { ...defaults.retry, ...step.retry };
  const retry = normaliseRetry(delays);
  return {
    parallel: step.parallel ?? true,
    timeout: attempt === undefined ? DEFAULT_STEP_TIMEOUT_MS : durationMs(attempt),
    retries: step.retries ?? step.retry?.max ?? defaults.retries ?? defaults.retry?.max ?? 0,
    continueOnError: step.continueOnError ?? false,
    ...(retry && { retry }),
    ...(checkpoint !== undefined && { checkpoint }),
    ...(step.estimate !== undefined && { estimate: durationMs(step.estimate) }),
    ...(delays.on !== undefined && { retryOn: normaliseClasses(delays.on) }),
    ...(idle !== undefined && { idleTimeout: durationMs(idle) }),
    ...(total !== undefined && { totalTimeout: durationMs(total) }),
  };
}

type Timeouts = Exclude<CheckedTimeout, string | number>;

function timeouts(own: CheckedTimeout | undefined, others: CheckedTimeout | undefined): Timeouts {
  return typeof others === "object" ? { ...others, ...timeoutsOf(own) } : timeoutsOf(own ?? others);
}

/** The time limits that are written, one for each key. A single one is that of an attempt. */
function timeoutsOf(timeout: CheckedTimeout | undefined): Timeouts {
  return typeof timeout === "object" ? timeout : timeout === undefined ? {} : { attempt: timeout };
}

/** The time limit of a group as a whole. */
export function totalOf({ timeout }: CheckedStep): Pick<StepDefinition, "totalTimeout"> {
  return typeof timeout === "object" && timeout.total !== undefined
    ? { totalTimeout: durationMs(timeout.total) }
    : {};
}

/** What a leaf is given besides its task, and what its answer must be. */
export function answerOf(
  step: LeafKeys & Partial<Pick<CheckedStep, "files" | "session">>,
  defaults: CheckedDefaults,
) {
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
    ...(step.session !== undefined && { session: step.session }),
    ...(step.fallback !== undefined && { fallback: normaliseFallback(step.fallback) }),
    ...(step.reserve !== undefined && { reserve: step.reserve }),
  };
}

/** The classes after which the next agent takes over, if a fallback does not say. */
const DEFAULT_FALLBACK_CLASSES: readonly FailureClass[] = [
  "error",
  "timeout",
  "invalid",
  "invalid_output",
  "transient",
  "refused",
  "check",
];

function normaliseFallback(written: NonNullable<CheckedStep["fallback"]>): FallbackDefinition {
  if (Array.isArray(written)) return { agents: written, on: [...DEFAULT_FALLBACK_CLASSES] };
  const { agents, on } = written;
  return {
    agents,
    on: on === undefined ? [...DEFAULT_FALLBACK_CLASSES] : classesOf(on),
  };
}

/** The classes of failures that are tried again. A rate limit never takes a retry. */
function normaliseClasses(written: WrittenClasses): FailureClass[] {
  return classesOf(written).filter((each) => each !== "rate_limit");
}

type WrittenClasses = WrittenFailureClass | readonly WrittenFailureClass[];

function classesOf(written: WrittenClasses): FailureClass[] {
  const words = typeof written === "string" ? [written] : written;
  return [...new Set(words.map((word) => (word === "fatal" ? "invalid" : word)))];
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
