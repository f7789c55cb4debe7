/**
 * The Zod types at the boundary and the core's records are the same types: otherwise this file does
 * not compile. Tagged unions are compared without `readonly`, since the generated tag is writable.
 */
import type {
  CheckpointInfo,
  DependencyGraph as CoreGraph,
  FailureReason,
  Metrics,
  RetryPolicy,
  StepDef,
  StepReason,
  WorkflowState,
} from "@automatosx/rescript-core";
import type {
  DependencyGraph,
  RetryDefinition,
  RunEvent,
  RunState,
  StepDefinition,
  WorkflowMetrics,
} from "@automatosx/schemas";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function agree<_ extends true>(): void {}

type Plain<T> = { -readonly [K in keyof T]: T[K] };

agree<Equal<RunState, WorkflowState>>();
agree<Equal<RetryDefinition, RetryPolicy>>();
agree<Equal<StepDefinition, StepDef>>();
agree<Equal<NonNullable<StepDefinition["steps"]>[number], StepDef>>();
agree<Equal<Plain<WorkflowMetrics>, Plain<Metrics>>>();
agree<Equal<Plain<DependencyGraph>, Plain<CoreGraph>>>();
agree<
  Equal<
    Extract<RunEvent, { type: "step_failed" }>["reason"],
    FailureReason | Exclude<StepReason, "condition" | "expired">
  >
>();
agree<Equal<CheckpointInfo["createdAt"], number>>();

// Shows that the comparison can fail: a missing state, an extra key.
agree<Equal<Equal<Exclude<RunState, "paused">, WorkflowState>, false>>();
agree<Equal<Equal<StepDefinition & { readonly extra: string }, StepDef>, false>>();
