import { type AgentRequest, prepareWorkflow } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { restateInProcess, rowsOf } from "./support/both-backends.ts";
import { type FamilyPlay, familyOf, playFamilyOnBoth } from "./support/families.ts";

const echo = (request: { readonly task: string }) => Promise.resolve(request.task);

const AUDIT = `
id: audit
name: audit
inputs: { of: { type: string, required: true } }
steps:
  - { id: look, agentId: worker, task: "Look at \${{ inputs.of }}" }
outputs: { verdict: "\${{ steps.look.output }}" }
`;

const RELEASE = `
name: release
steps:
  - { id: plan, agentId: worker, task: Plan }
  - { id: audit, workflow: ./audit.yaml, with: { of: "\${{ steps.plan.output }}" }, dependencies: [plan] }
  - { id: mail, agentId: worker, task: "Mail \${{ steps.audit.output.verdict }}", dependencies: [audit] }
`;

async function expectSameFamily(make: () => FamilyPlay): Promise<void> {
  const { embedded, restate } = await playFamilyOnBoth(make);
  expect(restate).toEqual(embedded);
}

describe("child runs on Restate have the rows of the embedded engine", () => {
  test("with a child run that completes", async () => {
    await expectSameFamily(() => ({
      workflow: familyOf(RELEASE, { audit: AUDIT }),
      agents: { worker: echo },
      until: { r: "completed" },
    }));
  });
});
