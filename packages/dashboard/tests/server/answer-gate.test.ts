import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gateId } from "../../src/api/gate-id.js";
import { engineControl } from "../../src/server/engine-control.js";
import { approvalOf, GateWorld, RELEASE, SPENDER, VALUES } from "../support/gate-world.js";

const untilStopped = ({ signal }: { readonly signal: AbortSignal }): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });

let world: GateWorld;

beforeEach(async () => {
  process.env["USER"] = "anna";
  world = await GateWorld.open();
});

afterEach(() => world[Symbol.asyncDispose]());

describe("POST /gates/:gate/answer", () => {
  test("records an approval and resumes the run", async () => {
    const runId = await world.paused(RELEASE);
    const { status, body } = await world.answer(approvalOf(runId), {
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
    const run = await world.settled(runId);
    expect(run.status).toBe("completed");
    expect(run.results()["approval"]).toEqual({ approved: true, note: "fine", ...VALUES });
  });

  test("refuses a second answer, and says which one counts", async () => {
    const runId = await world.paused(RELEASE);
    const id = approvalOf(runId);
    await world.answer(id, { decision: "approve", values: VALUES, revision: 1 });
    const { status, body } = await world.answer(id, { decision: "reject", revision: 1 });
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
    const { gate, consequences } = await world.read(id);
    expect(gate.answer).toMatchObject({ decision: "approved", by: "anna" });
    expect(consequences).toEqual([]);
  });

  test("counts one of two answers that are sent at the same time", async () => {
    const runId = await world.paused(RELEASE);
    const id = approvalOf(runId);
    const outcomes = await Promise.all([
      world.answer(id, { decision: "approve", values: VALUES, revision: 1 }),
      world.answer(id, { decision: "reject", revision: 1 }),
    ]);
    expect(outcomes.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 409]);
    expect((await world.list()).answered.map(({ id: each }) => each)).toEqual([id]);
  });

  test("settles a step of unknown outcome, either way", async () => {
    const source = `
id: payment
steps:
  - { id: pay, agentId: hanging, task: Pay., effect: external }
  - { id: report, agentId: writer, task: Report., dependencies: [pay] }
`;
    const first = await world.served.engine({ hanging: untilStopped, writer: () => "ok" });
    const { id: runId } = await first.start(source);
    await first.send(runId, { verb: "pause", stopAgents: true });
    await world.settled(runId, first);
    const { gates } = await world.list();
    expect(gates.map(({ kind, ask, command }) => ({ kind, ask, command }))).toEqual([
      {
        kind: "unknown",
        ask: "Has pay taken effect?",
        command: `axw answer ${runId.slice(-6)} pay --done`,
      },
    ]);
    const id = gateId({ runId, step: "pay", attempt: 1 });
    const { consequences } = await world.read(id);
    expect(consequences.map(({ decision, text }) => [decision, text])).toEqual([
      ["done", "report starts."],
      ["not_done", "pay is performed again."],
    ]);
    expect(
      (await world.answer(id, { decision: "done", result: { sum: 3 }, revision: 1 })).status,
    ).toBe(200);
    expect((await world.settled(runId)).results()["pay"]).toEqual({ sum: 3 });
    expect((await world.list()).answered.map(({ answer }) => answer?.decision)).toEqual(["done"]);
  });

  test("names the values that do not fit by their places, and records nothing", async () => {
    const runId = await world.paused(RELEASE);
    const { status, body } = await world.answer(approvalOf(runId), {
      ...{ decision: "approve", values: { risk: "low", days: 400 }, revision: 1 },
    });
    expect({ status, body }).toMatchObject({
      status: 422,
      body: {
        code: "invalid_answer",
        issues: [{ pointer: "/days", message: "must be at most 365; it is 400" }],
      },
    });
    expect((await world.list()).gates.map(({ id }) => id)).toEqual([approvalOf(runId)]);
  });

  test("refuses an answer to an earlier attempt", async () => {
    const runId = await world.paused(RELEASE);
    const { status, body } = await world.answer(approvalOf(runId), {
      ...{ decision: "approve", values: VALUES, revision: 2 },
    });
    expect({ status, body }).toMatchObject({ status: 409, body: { code: "older_attempt" } });
  });

  test("replaces the result that the gate lets people edit", async () => {
    const runId = await world.paused(RELEASE);
    const { status } = await world.answer(approvalOf(runId), {
      ...{ decision: "edit", values: VALUES, edits: { table: "people" }, revision: 1 },
    });
    expect(status).toBe(200);
    expect((await world.settled(runId)).results()["design"]).toEqual({ table: "people" });
  });

  test("performs the step again whose result is sent back, and asks again", async () => {
    const runId = await world.paused(RELEASE);
    const { status } = await world.answer(approvalOf(runId), {
      decision: "send_back",
      revision: 1,
    });
    expect(status).toBe(200);
    await world.settled(runId);
    const { gates } = await world.list();
    expect(gates.map(({ id, ask }) => ({ id, ask }))).toEqual([
      { id: approvalOf(runId, 2), ask: "Publish users v2?" },
    ]);
  });

  test("leaves a run paused that a person paused, and says so", async () => {
    const runId = await world.paused(RELEASE);
    await world.engine.send(runId, { verb: "pause" });
    const { body } = await world.answer(approvalOf(runId), {
      ...{ decision: "approve", values: VALUES, revision: 1 },
    });
    expect(body).toMatchObject({
      resumed: { isResumed: false, because: "The run stays paused: a person paused it." },
    });
  });

  test("keeps an answer whose run cannot be resumed, and says why", async () => {
    const runId = await world.paused(RELEASE);
    const broken = world.served.dashboard({
      control: {
        ...engineControl(world.engine),
        launch: async () => ({ ok: false, code: "unknown_agent", message: "No agent `writer`." }),
      },
    });
    world.dashboard = broken;
    const { status, body } = await world.answer(approvalOf(runId), {
      ...{ decision: "approve", values: VALUES, revision: 1 },
    });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { by: "anna", resumed: { isResumed: false, because: "No agent `writer`." } },
    });
    expect((await world.read(approvalOf(runId))).gate.answer?.decision).toBe("approved");
  });

  test("sends a signal with its data", async () => {
    const runId = await world.paused(`
id: waiter
steps:
  - id: deployed
    wait: { signal: deployed }
`);
    const id = gateId({ runId, step: "deployed", attempt: 1 });
    expect((await world.read(id)).signal).toBe("deployed");
    const { status } = await world.answer(id, {
      decision: "signal",
      result: { ok: true },
      revision: 1,
    });
    expect(status).toBe(200);
    expect((await world.settled(runId)).results()["deployed"]).toEqual({ ok: true });
    expect((await world.list()).answered.map(({ answer }) => answer?.decision)).toEqual([
      "received",
    ]);
  });

  test("raises a budget and resumes the run", async () => {
    const runId = await world.paused(SPENDER);
    const id = gateId({ runId, attempt: 0 });
    const { form, consequences } = await world.read(id);
    expect(form).toMatchObject({ properties: { limit: { type: "integer", minimum: 2 } } });
    expect(consequences.map(({ decision }) => decision)).toEqual(["raise"]);
    const refused = await world.answer(id, { decision: "raise", values: {}, revision: 0 });
    expect(refused).toMatchObject({ status: 422, body: { issues: [{ pointer: "/limit" }] } });
    const { status } = await world.answer(id, {
      decision: "raise",
      values: { limit: 5 },
      revision: 0,
    });
    expect(status).toBe(200);
    expect((await world.settled(runId)).status).toBe("completed");
    expect(
      await world.answer(id, { decision: "raise", values: { limit: 9 }, revision: 0 }),
    ).toMatchObject({
      status: 409,
      body: { code: "gate_answered", answer: { decision: "raised" } },
    });
  });

  test("refuses a decision that the question does not take", async () => {
    const runId = await world.paused(RELEASE);
    expect(await world.answer(approvalOf(runId), { decision: "done", revision: 1 })).toMatchObject({
      status: 400,
      body: { code: "invalid_request" },
    });
  });
});
