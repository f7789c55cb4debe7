import type { AgentDefinition } from "./agent.schema.js";
import { DEFAULT_GRACE_MS } from "./agent.schema.js";
import { DEFAULT_RETRY, DEFAULT_STEP_TIMEOUT_MS } from "./definition-limits.js";
import { durationMs } from "./duration.schema.js";
import { slugOf } from "./identifier.schema.js";
import type { RetryDefinition, StepDefinition } from "./step.schema.js";
import type { InputDefinition, LimitsDefinition, WorkflowDefinition } from "./workflow.schema.js";
import type { CheckedWorkflow } from "./written-workflow.schema.js";

type CheckedStep = CheckedWorkflow["steps"][number];
type CheckedDefaults = NonNullable<CheckedWorkflow["defaults"]>;
type CheckedRetry = NonNullable<CheckedStep["retry"]>;
type CheckedAgent = NonNullable<CheckedWorkflow["agents"]>[string];
type CheckedInput = NonNullable<CheckedWorkflow["inputs"]>[string];

/**
 * Normalises a workflow that passed `WrittenWorkflow`: fills in defaults and converts durations to
 * ms.
 */
export function normaliseWorkflow(written: CheckedWorkflow): WorkflowDefinition {
  const id = written.id ?? slugOf(written.name ?? "") ?? "workflow";
  return {
    id,
    name: written.name ?? id,
    version: String(written.version),
    ...(written.description !== undefined && { description: written.description }),
    inputs: mapValues(written.inputs, normaliseInput),
    context: written.context ?? {},
    metadata: written.metadata ?? {},
    limits: normaliseLimits(written.limits),
    agents: mapValues(written.agents, normaliseAgent),
    steps: written.steps.map((step) => normaliseStep(step, written.defaults ?? {})),
  };
}

function mapValues<From, To>(
  map: Readonly<Record<string, From>> | undefined,
  change: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(map ?? {}).map(([key, value]) => [key, change(value)]));
}

function normaliseStep(step: CheckedStep, defaults: CheckedDefaults): StepDefinition {
  const timeout = step.timeout ?? defaults.timeout;
  const retry = normaliseRetry({ ...defaults.retry, ...step.retry });
  const checkpoint = step.checkpoint === true ? step.id : step.checkpoint;
  return {
    id: step.id,
    name: step.name ?? step.id,
    agentId: step.agentId ?? defaults.agentId ?? "",
    task: step.task,
    dependencies: step.dependencies,
    parallel: step.parallel,
    timeout: timeout === undefined ? DEFAULT_STEP_TIMEOUT_MS : durationMs(timeout),
    retries: step.retries ?? step.retry?.max ?? defaults.retries ?? defaults.retry?.max ?? 0,
    continueOnError: step.continueOnError,
    ...(retry && { retry }),
    ...(checkpoint && { checkpoint }),
    ...(step.estimate !== undefined && { estimate: durationMs(step.estimate) }),
  };
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

function normaliseInput(input: CheckedInput): InputDefinition {
  if (typeof input === "string") return { type: input, required: true };
  return { ...input, required: input.required ?? !Object.hasOwn(input, "default") };
}

function normaliseLimits(limits: CheckedWorkflow["limits"]): LimitsDefinition {
  return {
    ...(limits?.concurrency !== undefined && { concurrency: limits.concurrency }),
    agents: limits?.agents ?? {},
  };
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
