/**
 * The core's types as TypeScript must see them. The type check compiles this file; nothing runs it.
 */
import type {
  AttemptRequest,
  DependencyGraphOutcome,
  DependencyProblem,
  Effect,
  FailureReason,
  KeptFile,
  PauseReason,
  Refusal,
  StepDef,
  StepInfo,
  StepKind,
  StepReuse,
  StepSnapshot,
  StepStatus,
  TransitionOutcome,
  UsageAmounts,
  WaitReason,
  WorkflowContext,
  WorkflowEvent,
  WorkflowMachine,
  WorkflowState,
} from "../src/index.js";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type IsUnionOf<Union, Count extends number> = TupleOf<Union>["length"] extends Count ? true : false;
type Last<U> = (U extends unknown ? (f: (u: U) => void) => void : never) extends (
  f: infer I,
) => void
  ? I extends (l: infer L) => void
    ? L
    : never
  : never;
type TupleOf<U, L = Last<U>> = [U] extends [never] ? [] : [...TupleOf<Exclude<U, L>>, L];

const agree = <_Holds extends true>(): void => undefined;

// String unions, whose values are the strings.
agree<
  Equal<
    WorkflowState,
    | "idle"
    | "parsing"
    | "validating_workflow"
    | "building_dependency_graph"
    | "scheduling_steps"
    | "executing_steps"
    | "awaiting_completion"
    | "creating_checkpoint"
    | "restoring_from_checkpoint"
    | "aggregating_results"
    | "completed"
    | "failed"
    | "paused"
    | "cancelled"
  >
>();
agree<
  Equal<
    StepStatus,
    | "pending"
    | "ready"
    | "waiting"
    | "running"
    | "open"
    | "unknown"
    | "completed"
    | "failed"
    | "skipped"
    | "cancelled"
  >
>();
agree<
  Equal<
    FailureReason,
    | "error"
    | "timeout"
    | "interrupted"
    | "invalid"
    | "expression"
    | "invalid_output"
    | "transient"
    | "rate_limit"
    | "refused"
    | "check"
    | "unknown"
    | "waiting"
  >
>();
agree<
  Equal<
    Refusal,
    | "wrong_state"
    | "no_steps"
    | "unknown_step"
    | "step_not_ready"
    | "no_free_slot"
    | "step_not_running"
    | "older_attempt"
    | "not_due"
    | "gate_not_open"
    | "invalid_answer"
    | "duplicate_signal"
    | "signals_full"
    | "step_not_completed"
    | "steps_unfinished"
    | "steps_in_flight"
    | "graph_mismatch"
  >
>();

// Discriminated unions of objects: `type` alone distinguishes the members, and no member is a bare
// string.
agree<IsUnionOf<WorkflowEvent["type"], 37>>();
agree<IsUnionOf<WorkflowEvent, 37>>();
agree<IsUnionOf<Effect["type"], 13>>();
agree<IsUnionOf<Effect, 13>>();
agree<IsUnionOf<DependencyProblem["type"], 4>>();
agree<Equal<Extract<WorkflowEvent, string>, never>>();
agree<Equal<Extract<Effect, string>, never>>();
agree<
  Equal<
    Extract<WorkflowEvent, { type: "pause_workflow" }>,
    { type: "pause_workflow"; readonly reason?: PauseReason }
  >
>();
agree<
  Equal<
    Extract<WorkflowEvent, { type: "step_completed" }>,
    {
      type: "step_completed";
      readonly stepId: string;
      readonly attemptNumber: number;
      readonly result: unknown;
      readonly files?: KeptFile[];
      readonly usage?: UsageAmounts;
      readonly agent?: string;
      readonly session?: string;
      readonly reads?: string[];
      readonly reused?: StepReuse;
    }
  >
>();

// Outcomes narrow on `ok`.
agree<Equal<TransitionOutcome["ok"], boolean>>();
agree<Equal<Extract<TransitionOutcome, { ok: true }>["machine"], WorkflowMachine>>();
agree<Equal<Extract<TransitionOutcome, { ok: false }>["reason"], Refusal>>();
agree<Equal<Extract<DependencyGraphOutcome, { ok: false }>["problems"], DependencyProblem[]>>();

// Optional fields may be omitted, but may not be set to undefined.
agree<Equal<StepDef["timeout"], number | undefined>>();
agree<Equal<{ readonly timeout?: number } extends Pick<StepDef, "timeout"> ? true : false, true>>();
agree<
  Equal<{ readonly timeout: undefined } extends Pick<StepDef, "timeout"> ? true : false, false>
>();

// Machine and context are opaque: no code outside the core can create one or read its fields.
agree<Equal<keyof WorkflowMachine, never>>();
agree<Equal<keyof WorkflowContext, never>>();
agree<Equal<{ state: "idle" } extends WorkflowMachine ? true : false, false>>();

// A step's info contains every field of its definition and progress, and nothing else.
type Plain<T> = { [K in keyof T]: T[K] };
agree<
  Equal<
    Plain<StepInfo>,
    Plain<StepDef & StepSnapshot & { readonly waitingFor?: WaitReason; readonly kind?: StepKind }>
  >
>();

// A request is data that can be sent to another process.
agree<
  Equal<
    keyof AttemptRequest,
    | "stepId"
    | "stepName"
    | "agentId"
    | "attemptNumber"
    | "task"
    | "dependencies"
    | "results"
    | "values"
    | "timeout"
    | "with"
    | "files"
    | "run"
    | "workflow"
    | "output"
    | "item"
    | "feedback"
    | "idleTimeout"
    | "isChecked"
    | "session"
    | "inputs"
    | "context"
  >
>();
