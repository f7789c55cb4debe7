import type { StepDef, StepStatus } from "@automatosx/rescript-core";
import type { FailureKind } from "./ExpressionFailure.js";

/**
 * `open`: begun, and waiting for the instances inside it, an answer, a signal, an instant, or its
 * checks. `unknown`: whether its attempt took effect is unknown.
 */
export type InstanceStatus = StepStatus;

/**
 * What an instance is: a step as a whole, one item of a `foreach`, one round of a `loop`, or a step
 * that belongs to another one, which checks its answer or finds out whether it took effect. Only a
 * step as a whole has edges and a condition.
 */
export type Role = "step" | "item" | "round" | "attached";

export type Form = "leaf" | "gate" | "wait" | "stop" | "group" | "foreach" | "loop";

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
  /** How many tries of its present agent have failed. */
  agentFailures = 0;
  /** Its agent's position in the chain of agents. */
  agentIndex = 0;
  reaskCount = 0;
  result: unknown = null;
  error: string | null = null;
  reason: string | undefined;
  /** What kind of mistake made an expression fail. */
  failureKind: FailureKind | undefined;
  /** Why it was skipped: the path of a step, `:condition` or `:expired`. */
  because: string | undefined;
  /** The agent that works on it now: the chosen one, or one that has taken over. */
  agentId: string;
  /** The first agent of its chain. */
  firstAgentId: string;
  /** The agent that gave the answer. */
  answeredBy: string | undefined;
  /** The conversation that its answer has left. */
  session: string | undefined;
  /** What the files hold that its answer came with, by their paths. */
  files: Readonly<Record<string, string>> = {};
  /** Why it is asked again. */
  feedback: { readonly error: string; readonly answer: unknown } | undefined;
  /**
   * When it may start again, when its next round begins, or when it no longer waits; 0 if never.
   */
  dueAt = 0;
  /** When its total time is used up, on the clock of the run. */
  deadlineAt: number | undefined;
  /** When it was entered. */
  openedAt = 0;
  /** The name of the signal that it waits for. */
  signal: string | undefined;
  /** The scope whose quota it waits for. */
  scope: string | undefined;
  /** The answer whose checks are not done, and the number of checks that it has passed. */
  answer: unknown = null;
  passedChecks = 0;
  /** The check that is being made, or what finds out whether it took effect. */
  attached: Instance | undefined;
  /** What the names of an included workflow stand for in it, apart from `steps`. */
  moduleNames: Readonly<Record<string, unknown>> | undefined;
  /** True for a leaf that was entered: one that fails before that has no request. */
  isEntered = false;
  /** When its total time was used up. */
  expiredAt = 0;
  /** True if it has begun before its run went back, and continues. */
  isCarried = false;

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
    this.firstAgentId = def.agentId;
  }

  get form(): Form {
    const { def, role } = this;
    if (role === "step" && def.foreach !== undefined) return "foreach";
    if (role === "step" && def.loop !== undefined) return "loop";
    if (def.steps !== undefined) return "group";
    if (def.gate !== undefined) return "gate";
    if (def.wait !== undefined) return "wait";
    return def.stop === undefined ? "leaf" : "stop";
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

  /** This instance and those around it, from the inside out. */
  get around(): Instance[] {
    return [this, ...(this.owner?.around ?? [])];
  }

  /** A copy for another tree, in which `copyOf` gives the copies of instances around it. */
  copy(copyOf: (other: Instance) => Instance): Instance {
    const { path, def, role, owner, names } = this;
    const copy = new Instance(path, def, role, owner && copyOf(owner), names);
    return Object.assign(copy, this, { owner: copy.owner, dependencies: undefined });
  }

  complete(result: unknown): void {
    this.status = "completed";
    this.result = result;
    this.error = null;
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

const mustEncode = (char: string): boolean =>
  char === "%" || char === "]" || char < " " || char === "\u007f";

/** The key of an item as its path has it. */
export const encodedKey = (key: string): string =>
  Array.from(key, (char) =>
    mustEncode(char) ? `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}` : char,
  ).join("");
