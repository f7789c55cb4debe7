import { type AgentRequest, agentReply } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import {
  type FamilyPlay,
  familyOf,
  playFamily,
  untilRecorded,
  untilStatus,
} from "./support/families.ts";

const echo = (request: { readonly task: string }) => Promise.resolve(request.task);

/** Answers, in this order, the attempts at each step; a step without answers echoes its task. */
function scripted(answers: Readonly<Record<string, readonly unknown[]>>) {
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
function holding(attempts: readonly string[]) {
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

const ASKING = `
id: asking
name: asking
steps:
  - { id: draft, agentId: worker, task: Draft }
  - { id: review, gate: { ask: "Go?" }, dependencies: [draft] }
  - { id: send, agentId: worker, task: Send, dependencies: [review] }
`;

const PATIENT = `
name: patient
steps:
  - { id: audit, workflow: ./asking.yaml }
  - { id: end, agentId: worker, task: End, dependencies: [audit] }
`;

const approved = { verb: "answer", stepId: "review", answer: { approved: true } } as const;

async function expectSameFamily(make: () => FamilyPlay): Promise<void> {
  const { embedded, restate, inSegments } = await playFamily(make);
  expect(restate).toEqual(embedded);
  expect(inSegments).toEqual(embedded);
}

describe("child runs on Restate have the rows of the embedded engine", () => {
  test("with a child run that completes", async () => {
    await expectSameFamily(() => ({
      workflow: familyOf(RELEASE, { audit: AUDIT }),
      agents: { worker: echo },
      until: { r: "completed" },
    }));
  });

  test("with a child run that waits for an answer", async () => {
    await expectSameFamily(() => ({
      workflow: familyOf(PATIENT, { asking: ASKING }),
      agents: { worker: echo },
      until: { r: "paused", "r.audit": "paused" },
      acts: [{ runId: "r.audit", command: approved, until: { r: "completed" } }],
    }));
  });

  test("with a child run of a child run that waits for an answer", async () => {
    const middle = "name: middle\nid: middle\nsteps: [{ id: deep, workflow: ./asking.yaml }]";
    await expectSameFamily(() => ({
      workflow: familyOf("name: outer\nsteps: [{ id: in, workflow: ./middle.yaml }]", {
        middle,
        asking: ASKING,
      }),
      agents: { worker: echo },
      until: { r: "paused", "r.in": "paused", "r.in.deep": "paused" },
      acts: [{ runId: "r.in.deep", command: approved, until: { r: "completed" } }],
    }));
  });

  test("with a child run for each item of a fan-out, one after the other", async () => {
    await expectSameFamily(() => ({
      workflow: familyOf(
        `
name: each
limits: { concurrency: 1 }
steps:
  - { id: each, foreach: { in: [a b, c/d] }, workflow: ./audit.yaml, with: { of: "\${{ item }}" } }
`,
        { audit: AUDIT },
      ),
      agents: { worker: echo },
      until: { r: "completed" },
    }));
  });

  test("with a child run that fails and is resumed by a retry", async () => {
    await expectSameFamily(() => ({
      workflow: familyOf(
        `
name: retried
steps:
  - { id: audit, workflow: ./audit.yaml, with: { of: it }, retry: { max: 1, backoff: 10ms, jitter: none } }
`,
        { audit: AUDIT },
      ),
      agents: { worker: scripted({ look: [new Error("broken"), "good"] }) },
      until: { r: "completed" },
    }));
  });

  test("with a failed parent that is resumed", async () => {
    await expectSameFamily(() => ({
      workflow: familyOf(RELEASE, { audit: AUDIT }),
      agents: { worker: scripted({ look: [new Error("broken"), "good"] }) },
      until: { r: "failed" },
      acts: [{ runId: "r", command: { verb: "resume" }, until: { r: "completed" } }],
    }));
  });

  test("with a result of the parent that is edited, so that another child run starts", async () => {
    await expectSameFamily(() => ({
      workflow: familyOf(RELEASE, { audit: AUDIT }),
      agents: { worker: scripted({ mail: [new Error("no server"), "sent"] }) },
      until: { r: "failed" },
      acts: [
        {
          runId: "r",
          command: { verb: "edit", stepId: "plan", result: "another plan" },
          until: { r: "paused" },
        },
        { runId: "r", command: { verb: "resume" }, until: { r: "completed" } },
      ],
    }));
  });

  test("with a step that is reopened after its child run has completed", async () => {
    await expectSameFamily(() => ({
      workflow: familyOf(RELEASE, { audit: AUDIT }),
      agents: { worker: scripted({ mail: [new Error("no server"), "sent"] }) },
      until: { r: "failed" },
      acts: [
        { runId: "r", command: { verb: "reopen", stepIds: ["audit"] }, until: { r: "paused" } },
        { runId: "r", command: { verb: "resume" }, until: { r: "completed" } },
      ],
    }));
  });

  test("with the cost of a child run, which is reported once", async () => {
    const paid = (usd: number) => agentReply({ result: "ok", usage: { usd } });
    await expectSameFamily(() => ({
      workflow: familyOf(`${PATIENT}budget: { usd: 10, unmetered: allow }\n`, { asking: ASKING }),
      agents: { worker: scripted({ draft: [paid(2)], send: [paid(3)] }) },
      until: { r: "paused" },
      acts: [{ runId: "r.audit", command: approved, until: { r: "completed" } }],
    }));
  });

  test("with values that do not fit the inputs of the workflow", async () => {
    await expectSameFamily(() => ({
      workflow: familyOf(RELEASE, { audit: AUDIT }),
      agents: { worker: scripted({ plan: [7] }) },
      until: { r: "failed" },
    }));
  });

  test("with a waiting child run whose parent is cancelled", async () => {
    await expectSameFamily(() => ({
      workflow: familyOf(PATIENT, { asking: ASKING }),
      agents: { worker: echo },
      until: { r: "paused" },
      acts: [
        {
          runId: "r",
          command: { verb: "cancel", reason: "enough" },
          until: { r: "cancelled", "r.audit": "cancelled" },
        },
      ],
    }));
  });

  test("with a child run that is cancelled by a user", async () => {
    await expectSameFamily(() => ({
      workflow: familyOf(PATIENT, { asking: ASKING }),
      agents: { worker: echo },
      until: { r: "paused" },
      acts: [
        {
          runId: "r.audit",
          command: { verb: "cancel", reason: "no" },
          until: { "r.audit": "cancelled" },
        },
        { runId: "r", command: { verb: "resume" }, until: { "r.audit~2": "paused", r: "paused" } },
      ],
    }));
  });

  test("with a parent that a user has paused, which an answer does not resume", async () => {
    await expectSameFamily(() => ({
      workflow: familyOf(PATIENT, { asking: ASKING }),
      agents: { worker: echo },
      until: { r: "paused" },
      acts: [
        { runId: "r", command: { verb: "pause" }, until: { r: "paused" } },
        { runId: "r.audit", command: approved, until: { r: "paused", "r.audit": "paused" } },
        { runId: "r", command: { verb: "resume" }, until: { r: "completed" } },
      ],
    }));
  });

  test("with a child run in progress whose parent is cancelled, and its handler", async () => {
    const careful = `${ASKING}on: { always: [{ id: clean, agentId: worker, task: Clean }] }\n`;
    await expectSameFamily(() => {
      const held = holding(["r.audit/draft#1"]);
      return {
        workflow: familyOf(PATIENT, { asking: careful }),
        agents: { worker: held.agent },
        until: {},
        acts: [
          {
            runId: "r",
            after: held.whenHeld,
            command: { verb: "cancel", reason: "enough" },
            until: { "r.audit": "cancelled", r: "cancelled" },
          },
        ],
      };
    });
  });

  test("with a pause that stops the agents of the child run", async () => {
    await expectSameFamily(() => {
      const held = holding(["r.audit/look#1"]);
      return {
        workflow: familyOf(RELEASE, { audit: AUDIT }),
        agents: { worker: held.agent },
        until: {},
        acts: [
          {
            runId: "r",
            after: held.whenHeld,
            command: { verb: "pause", stopAgents: true },
            until: { "r.audit": "paused", r: "paused" },
          },
          { runId: "r", command: { verb: "resume" }, until: { r: "completed" } },
        ],
      };
    });
  });

  test("with a pause during which the agents of the child run finish", async () => {
    await expectSameFamily(() => {
      const held = holding(["r.audit/draft#1"]);
      return {
        workflow: familyOf(PATIENT, { asking: ASKING }),
        agents: { worker: held.agent },
        until: {},
        acts: [
          { runId: "r", after: held.whenHeld, command: { verb: "pause" }, until: {} },
          {
            runId: "r.audit",
            after: async (backend) => {
              await untilStatus(backend, "r.audit", "paused");
              held.release();
            },
            until: { "r.audit": "paused", r: "paused" },
          },
          { runId: "r", command: { verb: "resume" }, until: { r: "paused" } },
          { runId: "r.audit", command: approved, until: { r: "completed" } },
        ],
      };
    });
  });

  for (const resumed of ["r", "r.audit"])
    test(`with a child run that a user has paused, until ${resumed} is resumed`, async () => {
      await expectSameFamily(() => {
        const held = holding(["r.audit/look#1"]);
        return {
          workflow: familyOf(RELEASE, { audit: AUDIT }),
          agents: { worker: held.agent },
          until: {},
          acts: [
            {
              runId: "r.audit",
              after: held.whenHeld,
              command: { verb: "pause", stopAgents: true },
              until: { "r.audit": "paused", r: "paused" },
            },
            { runId: resumed, command: { verb: "resume" }, until: { r: "completed" } },
          ],
        };
      });
    });

  test("with a child run that takes too long", async () => {
    const late = `
name: late
steps:
  - { id: audit, workflow: ./asking.yaml, timeout: { total: 1s }, continueOnError: true }
  - { id: end, agentId: worker, task: End, dependencies: [{ audit: done }] }
`;
    await expectSameFamily(() => ({
      workflow: familyOf(late, { asking: ASKING }),
      agents: { worker: holding(["r.audit/draft#1"]).agent },
      until: { r: "completed", "r.audit": "cancelled" },
    }));
  });

  test("with a stop, which cancels a child run that waits", async () => {
    const halting = `
name: halting
steps:
  - { id: audit, workflow: ./asking.yaml }
  - { id: work, agentId: worker, task: Work }
  - { id: halt, stop: { as: completed, reason: enough }, dependencies: [work] }
`;
    await expectSameFamily(() => {
      const held = holding(["r/work#1"]);
      return {
        workflow: familyOf(halting, { asking: ASKING }),
        agents: { worker: held.agent },
        until: { "r.audit": "paused" },
        acts: [
          {
            runId: "r",
            after: async (backend) => {
              await untilRecorded(backend, "r", "step_failed");
              held.release();
            },
            until: { "r.audit": "cancelled", r: "completed" },
          },
        ],
      };
    });
  });

  test("with a child run that waits for an instant", async () => {
    const settling = `
id: settling
name: settling
steps:
  - { id: settle, wait: 1s }
  - { id: work, agentId: worker, task: Work, dependencies: [settle] }
`;
    await expectSameFamily(() => ({
      workflow: familyOf("name: p\nsteps: [{ id: in, workflow: ./settling.yaml }]", { settling }),
      agents: { worker: echo },
      until: { r: "completed" },
    }));
  });

  test("with a definition that changes together with that of its child run", async () => {
    await expectSameFamily(() => ({
      workflow: familyOf(RELEASE, { audit: AUDIT }),
      agents: { worker: scripted({ mail: [new Error("no server"), "sent"] }) },
      until: { r: "failed" },
      acts: [
        {
          runId: "r",
          command: { amend: familyOf(RELEASE, { audit: AUDIT.replace("Look at", "Stare at") }) },
          until: { r: "paused" },
        },
        { runId: "r", command: { verb: "resume" }, until: { r: "completed" } },
      ],
    }));
  });

  test("with results of a child run that are too large for a message", async () => {
    const plain = `
id: plain
name: plain
steps:
  - { id: a, agentId: worker, task: A }
  - { id: b, agentId: worker, task: B }
limits: { concurrency: 1 }
`;
    const joining = `
name: joining
steps:
  - { id: all, workflow: ./plain.yaml }
  - { id: end, agentId: worker, task: "\${{ size(steps.all.output.a) }}", dependencies: [all] }
`;
    await expectSameFamily(() => ({
      workflow: familyOf(joining, { plain }),
      agents: {
        worker: scripted({ a: ["a".repeat(100_000)], b: [["b".repeat(400_000)]] }),
      },
      until: { r: "completed" },
    }));
  });
});
