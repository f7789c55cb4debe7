import { writeFileSync } from "node:fs";
import path from "node:path";
import { prepareWorkflowFile, type WorkflowEngine } from "@automatosx/workflow";
import { RunReader } from "@automatosx/workflow/observe";
import type { RunView } from "@automatosx/workflow/run-view";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Gate, GateList } from "../../src/api/gate.schema.js";
import { gateId } from "../../src/api/gate-id.js";
import { engineControl } from "../../src/server/engine-control.js";
import { type Dashboard, HOST, Served } from "../support/served.js";

const RELEASE = `
id: release
steps:
  - id: design
    agentId: writer
    task: Design it.
  - id: approval
    dependencies: [design]
    gate:
      ask: Publish \${{ steps.design.output.table }}?
      show: \${{ steps.design.output }}
      form:
        risk: [low, high]
        days: { type: integer, minimum: 1, maximum: 365 }
        note: string?
      editable: steps.design.output
      expires: 24h
      onExpire: reject
  - id: draft
    dependencies: [design]
    agentId: writer
    task: Draft \${{ steps.design.output.table }}.
  - id: publish
    dependencies: [approval]
    agentId: writer
    task: Publish it.
  - id: report
    dependencies: [publish]
    agentId: writer
    task: Report.
`;

const SPENDER = `
id: spender
budget: { launches: 1 }
steps:
  - { id: a, agentId: writer, task: a }
  - { id: b, agentId: writer, task: b, dependencies: [a] }
`;

const untilStopped = ({ signal }: { readonly signal: AbortSignal }): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });

let served: Served;
let engine: WorkflowEngine;
let dashboard: Dashboard;

beforeEach(async () => {
  process.env["USER"] = "anna";
  served = new Served();
  engine = await served.engine({
    writer: ({ stepId }) =>
      stepId === "design" ? { table: `users ${tables.next().value}` } : "ok",
  });
  tables = names();
  dashboard = served.dashboard({ control: engineControl(engine) });
});

afterEach(() => served[Symbol.asyncDispose]());

let tables = names();

function* names(): Generator<string> {
  for (let number = 1; ; number += 1) yield `v${number}`;
}

async function paused(source: string, inputs = {}): Promise<string> {
  const run = await engine.start(source, { inputs });
  await run.ending;
  return run.id;
}

/** The run once this process no longer works on it. */
async function settled(runId: string, by: WorkflowEngine = engine): Promise<RunView> {
  await by.activeRun(runId)?.ending;
  return RunReader.open(engine.storage, runId).catchUp().view;
}

async function post(id: string, body: object): Promise<{ status: number; body: unknown }> {
  const response = await dashboard.request(`/api/v1/gates/${encodeURIComponent(id)}/answer`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Origin: `http://${HOST}` },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

const read = (id: string): Promise<Gate> => dashboard.get<Gate>(`/gates/${encodeURIComponent(id)}`);
const list = (): Promise<GateList> => dashboard.get<GateList>("/gates");
const approvalOf = (runId: string, attempt = 1): string =>
  gateId({ runId, step: "approval", attempt });
const VALUES = { risk: "low", days: 30 };

describe("GET /gates", () => {
  test("lists an open gate with when it expires and the command that answers it", async () => {
    const runId = await paused(RELEASE);
    const { gates, answered } = await list();
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
    writeFileSync(path.join(served.folder, "audit.yaml"), child);
    const file = path.join(served.folder, "parent.yaml");
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
    const { id: parent, ending } = await engine.start(await prepareWorkflowFile(file));
    await ending;
    await paused(SPENDER);
    const { gates } = await list();
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
    const runId = await paused(RELEASE);
    await engine.answer(
      runId,
      "approval",
      { approved: false, note: "too early", by: "bert" },
      { resume: false },
    );
    const { gates, answered } = await list();
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
    const runId = await paused(RELEASE);
    await engine.answer(runId, "approval", { values: VALUES }, { resume: false });
    const later = served.dashboard({ now: () => Date.now() + 2 * 86_400_000 });
    expect((await later.get<GateList>("/gates")).answered).toEqual([]);
  });
});

describe("GET /gates/:gate", () => {
  test("says what each answer causes, as the core decides it", async () => {
    const runId = await paused(RELEASE);
    const { consequences, shown, askedBy, editable, revision, form, meanwhile } = await read(
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
        text: "design has your result. draft behind it is performed again if what it was given changes.",
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
    const first = await paused(RELEASE);
    await engine.answer(first, "approval", { values: VALUES });
    const second = await paused(RELEASE);
    const { previous, shown } = await read(approvalOf(second));
    expect({ previous, shown }).toEqual({
      previous: { runId: first, value: { table: "users v1" } },
      shown: { table: "users v2" },
    });
  });

  test("says that a rejection lets the run continue if the gate says so", async () => {
    const runId = await paused(`
id: soft
steps:
  - id: ask
    gate: { ask: Continue?, onReject: continue }
  - id: next
    dependencies: [ask]
    agentId: writer
    task: Next.
`);
    const { consequences } = await read(gateId({ runId, step: "ask", attempt: 1 }));
    expect(consequences.map(({ decision, text }) => [decision, text])).toEqual([
      ["approve", "next starts."],
      ["reject", "next starts."],
    ]);
  });

  test("names what a step still waits for after the answer", async () => {
    const runId = await paused(`
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
    const { consequences, meanwhile } = await read(gateId({ runId, step: "first", attempt: 1 }));
    expect(consequences[0]?.text).toBe("next still waits for second.");
    expect(meanwhile.map(({ text }) => text)).toEqual([
      "No step is running.",
      "The run waits for 1 other answer too.",
    ]);
  });

  test("is not found under an id that no run has", async () => {
    const runId = await paused(RELEASE);
    expect(await dashboard.outcome(`/gates/${encodeURIComponent(approvalOf(runId, 7))}`)).toEqual({
      status: 404,
      body: {
        code: "gate_not_found",
        message: `No run asks the question ${approvalOf(runId, 7)}. Its step is open.`,
        remedy: "List the open questions.",
      },
    });
    expect((await dashboard.outcome("/gates/nothing")).status).toBe(404);
  });
});

describe("POST /gates/:gate/answer", () => {
  test("records an approval and resumes the run", async () => {
    const runId = await paused(RELEASE);
    const { status, body } = await post(approvalOf(runId), {
      ...{ decision: "approve", values: VALUES, note: "fine", revision: 1 },
    });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        by: "anna",
        at: expect.any(Number),
        resumed: { isResumed: true, command: `axw resume ${runId.slice(-6)}` },
      },
    });
    const run = await settled(runId);
    expect(run.status).toBe("completed");
    expect(run.results()["approval"]).toEqual({ approved: true, note: "fine", ...VALUES });
  });

  test("refuses a second answer, and says which one counts", async () => {
    const runId = await paused(RELEASE);
    const id = approvalOf(runId);
    await post(id, { decision: "approve", values: VALUES, revision: 1 });
    const { status, body } = await post(id, { decision: "reject", revision: 1 });
    expect({ status, body }).toEqual({
      status: 409,
      body: {
        code: "gate_answered",
        message: "`approval` was answered by anna: approved. The first answer counts.",
        remedy: "Look at the run: it has continued with that answer.",
        runId,
        answer: { decision: "approved", by: "anna", at: expect.any(Number) },
      },
    });
    const { gate, consequences } = await read(id);
    expect(gate.answer).toMatchObject({ decision: "approved", by: "anna" });
    expect(consequences).toEqual([]);
  });

  test("counts one of two answers that are sent at the same time", async () => {
    const runId = await paused(RELEASE);
    const id = approvalOf(runId);
    const outcomes = await Promise.all([
      post(id, { decision: "approve", values: VALUES, revision: 1 }),
      post(id, { decision: "reject", revision: 1 }),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await list()).answered.map(({ id: each }) => each)).toEqual([id]);
  });

  test("settles a step of unknown outcome, either way", async () => {
    const source = `
id: payment
steps:
  - { id: pay, agentId: hanging, task: Pay., effect: external }
  - { id: report, agentId: writer, task: Report., dependencies: [pay] }
`;
    const first = await served.engine({ hanging: untilStopped, writer: () => "ok" });
    const { id: runId } = await first.start(source);
    await first.send(runId, { verb: "pause", stopAgents: true });
    await settled(runId, first);
    const { gates } = await list();
    expect(gates.map(({ kind, ask, command }) => ({ kind, ask, command }))).toEqual([
      {
        kind: "unknown",
        ask: "Has pay taken effect?",
        command: `axw answer ${runId.slice(-6)} pay --done`,
      },
    ]);
    const id = gateId({ runId, step: "pay", attempt: 1 });
    const { consequences } = await read(id);
    expect(consequences.map(({ decision, text }) => [decision, text])).toEqual([
      ["done", "report starts."],
      ["not_done", "pay is performed again."],
    ]);
    expect((await post(id, { decision: "done", result: { sum: 3 }, revision: 1 })).status).toBe(
      200,
    );
    expect((await settled(runId)).results()["pay"]).toEqual({ sum: 3 });
    expect((await list()).answered.map(({ answer }) => answer?.decision)).toEqual(["done"]);
  });

  test("names the values that do not fit by their places, and records nothing", async () => {
    const runId = await paused(RELEASE);
    const { status, body } = await post(approvalOf(runId), {
      ...{ decision: "approve", values: { risk: "low", days: 400 }, revision: 1 },
    });
    expect({ status, body }).toMatchObject({
      status: 422,
      body: {
        code: "invalid_answer",
        issues: [{ pointer: "/days", message: "must be at most 365; it is 400" }],
      },
    });
    expect((await list()).gates.map(({ id }) => id)).toEqual([approvalOf(runId)]);
  });

  test("refuses an answer to an earlier attempt", async () => {
    const runId = await paused(RELEASE);
    const { status, body } = await post(approvalOf(runId), {
      ...{ decision: "approve", values: VALUES, revision: 2 },
    });
    expect({ status, body }).toMatchObject({ status: 409, body: { code: "older_attempt" } });
  });

  test("replaces the result that the gate lets people edit", async () => {
    const runId = await paused(RELEASE);
    const { status } = await post(approvalOf(runId), {
      ...{ decision: "edit", values: VALUES, edits: { table: "people" }, revision: 1 },
    });
    expect(status).toBe(200);
    expect((await settled(runId)).results()["design"]).toEqual({ table: "people" });
  });

  test("performs the step again whose result is sent back, and asks again", async () => {
    const runId = await paused(RELEASE);
    const { status } = await post(approvalOf(runId), { decision: "send_back", revision: 1 });
    expect(status).toBe(200);
    await settled(runId);
    const { gates } = await list();
    expect(gates.map(({ id, ask }) => ({ id, ask }))).toEqual([
      { id: approvalOf(runId, 2), ask: "Publish users v2?" },
    ]);
  });

  test("leaves a run paused that a person paused, and says so", async () => {
    const runId = await paused(RELEASE);
    await engine.send(runId, { verb: "pause" });
    const { body } = await post(approvalOf(runId), {
      ...{ decision: "approve", values: VALUES, revision: 1 },
    });
    expect(body).toMatchObject({
      resumed: { isResumed: false, because: "The run stays paused: a person paused it." },
    });
  });

  test("keeps an answer whose run cannot be resumed, and says why", async () => {
    const runId = await paused(RELEASE);
    const broken = served.dashboard({
      control: {
        ...engineControl(engine),
        launch: async () => ({ ok: false, code: "unknown_agent", message: "No agent `writer`." }),
      },
    });
    dashboard = broken;
    const { status, body } = await post(approvalOf(runId), {
      ...{ decision: "approve", values: VALUES, revision: 1 },
    });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { by: "anna", resumed: { isResumed: false, because: "No agent `writer`." } },
    });
    expect((await read(approvalOf(runId))).gate.answer?.decision).toBe("approved");
  });

  test("sends a signal with its data", async () => {
    const runId = await paused(`
id: waiter
steps:
  - id: deployed
    wait: { signal: deployed }
`);
    const id = gateId({ runId, step: "deployed", attempt: 1 });
    expect((await read(id)).signal).toBe("deployed");
    const { status } = await post(id, { decision: "signal", result: { ok: true }, revision: 1 });
    expect(status).toBe(200);
    expect((await settled(runId)).results()["deployed"]).toEqual({ ok: true });
    expect((await list()).answered.map(({ answer }) => answer?.decision)).toEqual(["received"]);
  });

  test("raises a budget and resumes the run", async () => {
    const runId = await paused(SPENDER);
    const id = gateId({ runId, attempt: 0 });
    const { form, consequences } = await read(id);
    expect(form).toMatchObject({ properties: { limit: { type: "integer", minimum: 2 } } });
    expect(consequences.map(({ decision }) => decision)).toEqual(["raise"]);
    const refused = await post(id, { decision: "raise", values: {}, revision: 0 });
    expect(refused).toMatchObject({ status: 422, body: { issues: [{ pointer: "/limit" }] } });
    const { status } = await post(id, { decision: "raise", values: { limit: 5 }, revision: 0 });
    expect(status).toBe(200);
    expect((await settled(runId)).status).toBe("completed");
    expect(await post(id, { decision: "raise", values: { limit: 9 }, revision: 0 })).toMatchObject({
      status: 409,
      body: { code: "gate_answered", answer: { decision: "raised" } },
    });
  });

  test("refuses a decision that the question does not take", async () => {
    const runId = await paused(RELEASE);
    expect(await post(approvalOf(runId), { decision: "done", revision: 1 })).toMatchObject({
      status: 400,
      body: { code: "invalid_request" },
    });
  });
});
