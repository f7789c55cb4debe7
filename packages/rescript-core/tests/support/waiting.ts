import {
  Machine,
  type StepDef,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../../src/index.js";
import { moveAll, preparing, step } from "./machines.js";

/** A gate with an open form, that is rejected when it expires and fails when it is rejected. */
export function gate(
  id: string,
  fields: Partial<NonNullable<StepDef["gate"]>> = {},
  more: Partial<StepDef> = {},
): StepDef {
  const question = { ask: `${id}?`, form: { type: "object" } };
  return step(id, {
    agentId: "@gate",
    task: "",
    gate: { ...question, onExpire: "reject", onReject: "fail", ...fields },
    ...more,
  });
}

export const wait = (
  id: string,
  fields: NonNullable<StepDef["wait"]>,
  more: Partial<StepDef> = {},
): StepDef => step(id, { agentId: "@wait", task: "", wait: fields, ...more });

/** The run of these steps after its first batch may start. */
export const begun = (steps: readonly StepDef[]): WorkflowMachine =>
  moveAll(Machine.make(0), [...preparing([...steps]), { type: "steps_scheduled" }]);

type Answer = Partial<Extract<WorkflowEvent, { type: "gate_answered" }>>;

/** An approval of the first attempt of a gate, but for these fields. */
export const answer = (stepId: string, fields: Answer = {}): WorkflowEvent => ({
  type: "gate_answered",
  stepId,
  attemptNumber: 1,
  approved: true,
  values: {},
  ...fields,
});

export const signal = (name: string, data: unknown, signalId?: string): WorkflowEvent => ({
  type: "signal_received",
  name,
  data,
  ...(signalId !== undefined && { signalId }),
});
