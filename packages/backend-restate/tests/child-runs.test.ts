import { agentReply } from "@automatosx/workflow";
import { describe, test } from "vitest";
import { familyOf } from "./support/families.ts";
import {
  ASKING,
  AUDIT,
  approved,
  echo,
  expectSameFamily,
  PATIENT,
  RELEASE,
  scripted,
} from "./support/sample-families.ts";

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

  test("with more levels of child runs than are allowed", async () => {
    const level = (n: number): string =>
      `name: level\nid: level-${n}\nsteps: [{ id: in, workflow: ./level-${n + 1}.yaml }]`;
    const files = Object.fromEntries(
      [1, 2, 3, 4, 5, 6, 7].map((n) => [`level-${n}`, level(n)] as const),
    );
    const leaf = "name: leaf\nid: leaf\nsteps: [{ id: a, agentId: worker, task: A }]";
    await expectSameFamily(() => ({
      workflow: familyOf(level(0), { ...files, "level-8": leaf }),
      agents: { worker: echo },
      until: { r: "failed" },
    }));
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
