import { writeFileSync } from "node:fs";
import path from "node:path";
import { prepareWorkflowFile } from "@automatosx/workflow";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GateList } from "../../src/api/gate.schema.js";
import { gateId } from "../../src/api/gate-id.js";
import { approvalOf, GateWorld, RELEASE, SPENDER, VALUES } from "../support/gate-world.js";

let world: GateWorld;

beforeEach(async () => {
  process.env["USER"] = "anna";
  world = await GateWorld.open();
});

afterEach(() => world[Symbol.asyncDispose]());

describe("GET /gates", () => {
  test("lists an open gate with when it expires and the command that answers it", async () => {
    const runId = await world.paused(RELEASE);
    const { gates, answered } = await world.list();
    expect(answered).toEqual([]);
    expect(gates).toEqual([
      {
        id: approvalOf(runId),
        kind: "gate",
        runId,
        workflowId: "release",
        step: "approval",
        ask: "Publish users v1?",
        openedAt: expect.any(Number),
        dueAt: (gates[0]?.openedAt ?? 0) + 86_400_000,
        expiry: "rejects itself",
        holdsRun: true,
        answer: null,
        command: `axw approve ${runId.slice(-6)} approval --set risk=RISK --set days=DAYS`,
      },
    ]);
  });

  test("lists what child runs wait for, signals and a budget that is used up", async () => {
    const child = `
id: audit
steps:
  - id: review
    gate: { ask: Is it safe? }
`;
    writeFileSync(path.join(world.served.folder, "audit.yaml"), child);
    const file = path.join(world.served.folder, "parent.yaml");
    writeFileSync(
      file,
      `
id: parent
steps:
  - id: audit
    workflow: ./audit.yaml
  - id: deployed
    wait: { signal: deployed }
`,
    );
    const { id: parent, ending } = await world.engine.start(prepareWorkflowFile(file));
    await ending;
    await world.paused(SPENDER);
    const { gates } = await world.list();
    const shown = gates.map(({ kind, workflowId, step, ask, holdsRun }) => ({
      ...{ kind, workflowId, step, ask, holdsRun },
    }));
    expect(shown.sort((a, b) => a.workflowId.localeCompare(b.workflowId))).toEqual([
      {
        ...{ kind: "gate", workflowId: "audit", step: "review" },
        ...{ ask: "Is it safe?", holdsRun: true },
      },
      {
        ...{ kind: "signal", workflowId: "parent", step: "deployed" },
        ...{ ask: "Has deployed happened?", holdsRun: true },
      },
      {
        ...{ kind: "budget", workflowId: "spender", step: undefined },
        ...{ ask: "Raise the budget from 1 launches?", holdsRun: true },
      },
    ]);
    expect(gates.map(({ runId }) => runId)).toContain(parent);
  });

  test("lists what was answered within the last day, with who answered and how", async () => {
    const runId = await world.paused(RELEASE);
    await world.engine.answer(
      runId,
      "approval",
      { approved: false, note: "too early", by: "bert" },
      { resume: false },
    );
    const { gates, answered } = await world.list();
    expect(gates).toEqual([]);
    expect(answered.map(({ id, ask, answer }) => ({ id, ask, answer }))).toEqual([
      {
        id: approvalOf(runId),
        ask: "Publish users v1?",
        answer: { decision: "rejected", by: "bert", note: "too early", at: expect.any(Number) },
      },
    ]);
  });

  test("leaves out answers of another day", async () => {
    const runId = await world.paused(RELEASE);
    await world.engine.answer(runId, "approval", { values: VALUES }, { resume: false });
    const later = world.served.dashboard({ now: () => Date.now() + 2 * 86_400_000 });
    expect((await later.get<GateList>("/gates")).answered).toEqual([]);
  });
});

describe("GET /gates/:gate", () => {
  test("says what each answer causes, as the core decides it", async () => {
    const runId = await world.paused(RELEASE);
    const { consequences, shown, askedBy, editable, revision, form, meanwhile } = await world.read(
      approvalOf(runId),
    );
    expect({ shown, askedBy, editable, revision }).toEqual({
      shown: { table: "users v1" },
      askedBy: "design",
      editable: { step: "design", value: { table: "users v1" } },
      revision: 1,
    });
    expect(form).toMatchObject({ required: ["risk", "days"] });
    expect(consequences).toEqual([
      {
        decision: "approve",
        text: "publish starts, then report.",
        steps: ["publish", "report"],
      },
      {
        decision: "edit",
        text:
          "design has your result. draft behind it is performed again if what it was given " +
          "changes.",
        steps: ["draft"],
      },
      {
        decision: "send_back",
        text:
          "design is performed again, then this is asked again. draft behind it is performed " +
          "again if what it was given changes.",
        steps: ["design", "draft"],
      },
      {
        decision: "reject",
        text: "publish and report are skipped, and the run fails.",
        steps: ["publish", "report"],
      },
    ]);
    expect(meanwhile).toEqual([{ tone: "idle", text: "No step is running." }]);
  });

  test("compares with what the run before showed", async () => {
    const first = await world.paused(RELEASE);
    await world.engine.answer(first, "approval", { values: VALUES });
    const second = await world.paused(RELEASE);
    const { previous, shown } = await world.read(approvalOf(second));
    expect({ previous, shown }).toEqual({
      previous: { runId: first, value: { table: "users v1" } },
      shown: { table: "users v2" },
    });
  });

  test("says that a rejection lets the run continue if the gate says so", async () => {
    const runId = await world.paused(`
id: soft
steps:
  - id: ask
    gate: { ask: Continue?, onReject: continue }
  - id: next
    dependencies: [ask]
    agentId: writer
    task: Next.
`);
    const { consequences } = await world.read(gateId({ runId, step: "ask", attempt: 1 }));
    expect(consequences.map(({ decision, text }) => [decision, text])).toEqual([
      ["approve", "next starts."],
      ["reject", "next starts."],
    ]);
  });

  test("names what a step still waits for after the answer", async () => {
    const runId = await world.paused(`
id: two
steps:
  - id: first
    gate: { ask: One? }
  - id: second
    gate: { ask: Two? }
  - id: next
    dependencies: [first, second]
    agentId: writer
    task: Next.
`);
    const { consequences, meanwhile } = await world.read(
      gateId({ runId, step: "first", attempt: 1 }),
    );
    expect(consequences[0]?.text).toBe("next still waits for second.");
    expect(meanwhile.map(({ text }) => text)).toEqual([
      "No step is running.",
      "The run waits for 1 other answer too.",
    ]);
  });

  test("is not found under an id that no run has", async () => {
    const runId = await world.paused(RELEASE);
    expect(
      await world.dashboard.outcome(`/gates/${encodeURIComponent(approvalOf(runId, 7))}`),
    ).toEqual({
      status: 404,
      body: {
        code: "gate_not_found",
        message: `No run asks the question ${approvalOf(runId, 7)}. Its step is open.`,
        remedy: "List the open questions.",
      },
    });
    expect((await world.dashboard.outcome("/gates/nothing")).status).toBe(404);
  });
});
