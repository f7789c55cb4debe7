import type { AgentRequest } from "@automatosx/workflow";
import { expect } from "vitest";
import { type FamilyPlay, playFamily } from "./families.ts";

/** An agent that answers with its task. */
export const echo = (request: { readonly task: string }) => Promise.resolve(request.task);

/** Answers, in this order, the attempts at each step; a step without answers echoes its task. */
export function scripted(answers: Readonly<Record<string, readonly unknown[]>>) {
  const count = new Map<string, number>();
  return ({ runId, stepId, task }: AgentRequest): Promise<unknown> => {
    const key = [`${runId}/${stepId}`, stepId].find((one) => one in answers);
    if (key === undefined) return Promise.resolve(task);
    const at = count.get(key) ?? 0;
    count.set(key, at + 1);
    const answer = answers[key]?.[Math.min(at, (answers[key]?.length ?? 1) - 1)];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
}

/** An agent that answers with its task; these attempts only once they are released. */
export function holding(attempts: readonly string[]) {
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const agent = ({ runId, stepId, attemptNumber, task, signal }: AgentRequest): Promise<string> => {
    if (!attempts.includes(`${runId}/${stepId}#${attemptNumber}`)) return Promise.resolve(task);
    held.resolve();
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error));
      void released.promise.then(() => resolve(task));
    });
  };
  return { agent, whenHeld: () => held.promise, release: () => released.resolve() };
}

export const AUDIT = `
id: audit
name: audit
inputs: { of: { type: string, required: true } }
steps:
  - { id: look, agentId: worker, task: "Look at \${{ inputs.of }}" }
outputs: { verdict: "\${{ steps.look.output }}" }
`;

export const RELEASE = `
name: release
steps:
  - { id: plan, agentId: worker, task: Plan }
  - { id: audit, workflow: ./audit.yaml, with: { of: "\${{ steps.plan.output }}" }, dependencies: [plan] }
  - { id: mail, agentId: worker, task: "Mail \${{ steps.audit.output.verdict }}", dependencies: [audit] }
`;

export const ASKING = `
id: asking
name: asking
steps:
  - { id: draft, agentId: worker, task: Draft }
  - { id: review, gate: { ask: "Go?" }, dependencies: [draft] }
  - { id: send, agentId: worker, task: Send, dependencies: [review] }
`;

export const PATIENT = `
name: patient
steps:
  - { id: audit, workflow: ./asking.yaml }
  - { id: end, agentId: worker, task: End, dependencies: [audit] }
`;

export const approved = { verb: "answer", stepId: "review", answer: { approved: true } } as const;

/** Expects the same rows of the embedded engine, and of Restate, also with a segment for each event. */
export async function expectSameFamily(make: () => FamilyPlay): Promise<void> {
  const { embedded, restate, inSegments } = await playFamily(make);
  expect(restate).toEqual(embedded);
  expect(inSegments).toEqual(embedded);
}
