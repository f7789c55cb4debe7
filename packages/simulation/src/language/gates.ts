import type { Instance } from "./Instance.js";
import { isMap } from "./json-values.js";
import { rejectGate } from "./LeafTree.js";
import { schemaMisfit } from "./schema-misfit.js";

export interface GateAnswer {
  readonly approved: boolean;
  readonly values: Readonly<Record<string, unknown>>;
  readonly note?: string | undefined;
}

/** Why a fact changes nothing. */
export type Refusal =
  | "unknown_step"
  | "gate_not_open"
  | "older_attempt"
  | "invalid_answer"
  | "duplicate_signal"
  | "signals_full"
  | "step_not_completed";

/** Answers a gate; returns why the answer does not do. */
export function answerGate(
  gate: Instance,
  { approved, values, note }: GateAnswer,
): Refusal | undefined {
  const { form } = gate.def.gate ?? {};
  if (!approved) {
    const { note: said } = values;
    rejectGate(gate, note ?? (typeof said === "string" ? said : undefined));
    return undefined;
  }
  // A note beside the values is one of them where the form has a place for it.
  const { properties } = isMap(form) ? form : {};
  const hasPlace = isMap(properties) && "note" in properties && !("note" in values);
  const given = hasPlace && note !== undefined ? { ...values, note } : values;
  if (schemaMisfit(form, given) !== undefined) return "invalid_answer";
  gate.complete({ ...given, approved: true });
  return undefined;
}

/** What a person says of an effect: done, with its result, or not done. */
export function resolve(instance: Instance, values: GateAnswer["values"]): Refusal | undefined {
  const { done, result = null } = values;
  if (typeof done !== "boolean") return "invalid_answer";
  const { output } = instance.def;
  if (done && isMap(output) && schemaMisfit(output, result) !== undefined) return "invalid_answer";
  if (instance.attached?.isSettled === false) instance.attached.status = "cancelled";
  instance.attached = undefined;
  if (done) instance.complete(result);
  else instance.status = "ready";
  return undefined;
}
