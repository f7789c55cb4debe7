import { type AgentRequest } from "@automatosx/workflow";
import { describe, test } from "vitest";
import { familyOf, untilRecorded, untilStatus } from "./support/families.ts";
import {
  ASKING,
  AUDIT,
  approved,
  echo,
  expectSameFamily,
  holding,
  PATIENT,
  RELEASE,
} from "./support/sample-families.ts";

describe("child runs that are paused or cancelled have the rows of the embedded engine", () => {
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

  test("with a second cancellation, which ends the handlers of both runs", async () => {
    const handlers = "on: { always: [{ id: clean, agentId: worker, task: Clean }] }\n";
    await expectSameFamily(() => {
      const draft = holding(["r.audit/draft#1"]);
      const inner = holding(["r.audit/:always.clean#1"]);
      const outer = holding(["r/:always.clean#1"]);
      const worker = (request: AgentRequest): Promise<string> => {
        if (request.stepId !== ":always.clean") return draft.agent(request);
        return (request.runId === "r" ? outer : inner).agent(request);
      };
      return {
        workflow: familyOf(PATIENT + handlers, { asking: ASKING + handlers }),
        agents: { worker },
        until: {},
        acts: [
          { runId: "r", after: draft.whenHeld, command: { verb: "cancel" }, until: {} },
          {
            runId: "r",
            after: async () => {
              await inner.whenHeld();
              await outer.whenHeld();
            },
            command: { verb: "cancel" },
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
});
