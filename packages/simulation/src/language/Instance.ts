import type { StepDef, StepStatus } from "@automatosx/rescript-core";
import type { FailureKind } from "./ExpressionFailure.js";

/** `open`: begun, and waiting for the instances inside it. */
export type InstanceStatus = StepStatus | "open";

/**
 * What an instance is: a step as a whole, one item of a `foreach`, or one round of a `loop`. Only a
 * step as a whole has edges and a condition.
 */
export type Role = "step" | "item" | "round";

export type Form = "leaf" | "group" | "foreach" | "loop";

/** One occurrence of a step in a run. */
export class Instance {
  readonly path: string;
  readonly def: StepDef;
  readonly role: Role;
  /** The instance around this one; undefined for the steps of the workflow itself. */
  readonly owner: Instance | undefined;
  /** What `item`, `index`, `round` and `previous` stand for in this instance. */
  readonly names: Readonly<Record<string, unknown>>;
  status: InstanceStatus = "pending";
  /** The instances inside: inner steps, items or rounds, in order. */
  inside: Instance[] = [];
  /** The instances that it has edges to, once they have been looked up. */
  dependencies: readonly Instance[] | undefined;
  attemptNumber = 0;
  failureCount = 0;
  reaskCount = 0;
  result: unknown = null;
  error: string | null = null;
  reason: string | undefined;
  /** What kind of mistake made an expression fail. */
  failureKind: FailureKind | undefined;
  /** Why it was skipped: the path of a step, or `:condition`. */
  because: string | undefined;
  /** The agent that `agentId.from` has chosen. */
  agentId: string;
  /** Why its last answer did not fit. */
  feedback: { readonly error: string; readonly answer: unknown } | undefined;
  /** When it may start again or, for a loop, when its next round begins. */
  dueAt = 0;

  constructor(
    path: string,
    def: StepDef,
    role: Role,
    owner: Instance | undefined,
    names: Readonly<Record<string, unknown>> = {},
  ) {
    this.path = path;
    this.def = def;
    this.role = role;
    this.owner = owner;
    this.names = names;
    this.agentId = def.agentId;
  }

  get form(): Form {
    if (this.role === "step" && this.def.foreach !== undefined) return "foreach";
    if (this.role === "step" && this.def.loop !== undefined) return "loop";
    return this.def.steps === undefined ? "leaf" : "group";
  }

  get isSettled(): boolean {
    const { status } = this;
    return (
      status === "completed" ||
      status === "failed" ||
      status === "skipped" ||
      status === "cancelled"
    );
  }

  /** With `continueOnError` a fan-out tolerates its items; as a whole it is not tolerated. */
  get isTolerant(): boolean {
    return this.def.continueOnError && this.form !== "foreach";
  }

  get isTolerated(): boolean {
    return this.status === "failed" && this.isTolerant;
  }

  /** The inner steps that expressions in this instance may name. */
  get innerSteps(): readonly Instance[] {
    return this.form === "group" ? this.inside : [];
  }

  /** A copy for another tree, in which `copyOf` gives the copies of instances around it. */
  copy(copyOf: (other: Instance) => Instance): Instance {
    const { path, def, role, owner, names } = this;
    const copy = new Instance(path, def, role, owner && copyOf(owner), names);
    return Object.assign(copy, {
      status: this.status,
      attemptNumber: this.attemptNumber,
      failureCount: this.failureCount,
      reaskCount: this.reaskCount,
      result: this.result,
      error: this.error,
      reason: this.reason,
      failureKind: this.failureKind,
      because: this.because,
      agentId: this.agentId,
      feedback: this.feedback,
      dueAt: this.dueAt,
    });
  }

  complete(result: unknown): void {
    this.status = "completed";
    this.result = result;
  }

  fail(reason: string, error: string): void {
    this.status = "failed";
    this.reason = reason;
    this.error = error;
  }

  skip(because: string): void {
    this.status = "skipped";
    this.because = because;
  }
}

/** The key of an item as its path has it. */
export const encodedKey = (key: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be encoded.
  key.replace(
    /[%\]\u0000-\u001f\u007f]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
