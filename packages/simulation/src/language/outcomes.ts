import type { FailureReason, StepDef } from "@automatosx/rescript-core";
import type { Instance } from "./Instance.js";

/** How an attempt has failed. */
export interface Failure {
  readonly reason: FailureReason;
  readonly error: string;
  /** The answer that does not do. */
  readonly answer?: unknown;
}

/** How often an agent is asked again unless its step says otherwise. */
const DEFAULT_REASKS = 3;

const RETRIED: readonly FailureReason[] = ["error", "transient", "timeout", "check"];

/** Failures after which the next attempt hears why the last answer would not do. */
const TELLING: readonly FailureReason[] = ["check", "invalid_output"];

/** True if it is unknown whether an attempt that has failed so took effect. */
export const isUnknown = ({ def }: Instance, reason: FailureReason): boolean =>
  def.effect === "external" &&
  (reason === "interrupted" || reason === "timeout" || reason === "unknown");

/**
 * What becomes of a leaf after a failure that is neither an interruption nor a limit of a provider:
 * it is asked again, tried again, handed to the next agent, or it fails.
 */
export function afterFailure(
  instance: Instance,
  { reason, error, answer }: Failure,
  retryAt: (delayMs: number) => number,
  chance: number,
): void {
  const { def } = instance;
  instance.feedback = TELLING.includes(reason) ? { error, answer } : undefined;
  if (reason === "invalid_output" && def.run === undefined) {
    if (instance.reaskCount < (def.reasks ?? DEFAULT_REASKS)) {
      instance.reaskCount += 1;
      instance.status = "ready";
      return;
    }
  }
  instance.failureCount += 1;
  instance.agentFailures += 1;
  instance.error = error;
  if (reason === "expression") {
    instance.fail(reason, error);
    return;
  }
  if ((def.retryOn ?? RETRIED).includes(reason) && instance.agentFailures <= def.retries) {
    instance.status = "waiting";
    instance.scope = undefined;
    instance.dueAt = retryAt(delayOf(def, instance.agentFailures, chance));
    return;
  }
  if (!handsOver(instance, reason)) instance.fail(reason, error);
}

/** Gives the step to the next agent of its chain; false if no agent takes over. */
export function handsOver(instance: Instance, reason: FailureReason): boolean {
  const { def, firstAgentId, agentIndex } = instance;
  const { agents = [], on = [] } = def.fallback ?? {};
  const next = agents.filter((agent) => agent !== firstAgentId)[agentIndex];
  if (next === undefined || !on.includes(reason)) return false;
  instance.agentIndex += 1;
  instance.agentId = next;
  instance.agentFailures = 0;
  instance.reaskCount = 0;
  instance.feedback = undefined;
  instance.status = "ready";
  return true;
}

function delayOf({ retry }: StepDef, failures: number, chance: number): number {
  const { initialDelayMs = 1000, factor = 2, maxDelayMs = 60_000, jitter = "full" } = retry ?? {};
  const delayMs = Math.min(maxDelayMs, initialDelayMs * factor ** (failures - 1));
  return jitter === "full" ? delayMs * chance : delayMs;
}
