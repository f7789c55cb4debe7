import { durationMs } from "./duration.schema.js";
import { DEFAULT_FORM, normaliseForm } from "./form.js";
import type { GateDefinition, StopDefinition, WaitDefinition } from "./step.schema.js";
import { unwrapExpression } from "./unwrap-expression.js";
import type { CheckedStep } from "./written-step.schema.js";

/** Normalises a question to a person. */
export function normaliseGate({
  ask,
  show,
  form = DEFAULT_FORM,
  expires,
  onExpire = "reject",
  onReject = "fail",
  editable,
  to,
}: NonNullable<CheckedStep["gate"]>): GateDefinition {
  return {
    ask,
    ...(show !== undefined && { show }),
    form: normaliseForm(form),
    ...(expires !== undefined && { expiresMs: durationMs(expires) }),
    onExpire,
    onReject,
    ...(editable !== undefined && { editable: unwrapExpression(editable) }),
    ...(to !== undefined && { to }),
  };
}

/** Normalises a wait. */
export function normaliseWait(written: NonNullable<CheckedStep["wait"]>): WaitDefinition {
  if (typeof written !== "object") return { forMs: durationMs(written) };
  const { until, signal, form, timeout, onTimeout } = written;
  return {
    ...(written.for !== undefined && { forMs: durationMs(written.for) }),
    ...(until !== undefined && { until: unwrapExpression(String(until)) }),
    ...(signal !== undefined && { signal }),
    ...(form !== undefined && { form: normaliseForm(form) }),
    ...(timeout !== undefined && { timeoutMs: durationMs(timeout) }),
    ...(signal !== undefined && timeout !== undefined && { onTimeout: onTimeout ?? "fail" }),
  };
}

/** Normalises the end of a run. */
export function normaliseStop({ as, reason }: NonNullable<CheckedStep["stop"]>): StopDefinition {
  return { as, ...(reason !== undefined && { reason }) };
}
