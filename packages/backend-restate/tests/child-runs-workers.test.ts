import { join } from "node:path";
import {
  type AgentRequest,
  openSqliteStorage,
  prepareWorkflow,
  WorkflowEngine,
} from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { pullReplica, serveRestateWorker } from "../src/index.js";
import { restateInProcess, rowsOf } from "./support/both-backends.ts";
import { familyOf, untilRested } from "./support/families.ts";
import { type RestateHarness, restateHarness } from "./support/restate-harness.ts";

const task = (script: object): string => JSON.stringify(JSON.stringify(script));

/** A parent, whose step `audit` runs three steps of 1.5 s one after the other, and a gate. */
const SLOW = `
id: slow
name: slow
steps:
  - { id: a, agentId: worker, task: ${task({ afterMs: 1500 })} }
  - { id: b, agentId: worker, task: ${task({ afterMs: 1500 })}, dependencies: [a] }
  - { id: review, gate: { ask: "Go?" }, dependencies: [b] }
  - { id: c, agentId: worker, task: ${task({ afterMs: 300 })}, dependencies: [review] }
`;

const PARENT = `
name: parent
steps:
  - { id: plan, agentId: worker, task: ${task({})} }
  - { id: audit, workflow: ./slow.yaml, dependencies: [plan] }
  - { id: mail, agentId: worker, task: ${task({})}, dependencies: [audit] }
`;

const approved = { verb: "answer", stepId: "review", answer: { approved: true } } as const;

const nameOf = (one: { runId: string; stepId?: string; attemptNumber?: number }): string =>
  `${one.runId}/${one.stepId}#${one.attemptNumber}`;

/** What a worker notes of a run whose rows differ on a replay, besides what its agents do. */
const PROBLEMS: ReadonlySet<string> = new Set(["problem"]);

/** What was started and recorded in a family of runs, read twice from its copies. */
async function damageOf(harness: RestateHarness, runIds: readonly string[]) {
  const rows = [];
  for (const runId of runIds) {
    const read = await harness.projection.rows(runId);
    expect(await harness.projection.rows(runId)).toEqual(read);
    rows.push(...read);
  }
  const started = harness.agentLog.read().filter(({ what }) => what === "started");
  const names = started.map(nameOf);
  const recorded = rows.filter(({ type }) => type === "step_completed").map(nameOf);
  return {
    startedTwice: names.length - new Set(names).size,
    recordedTwice: recorded.length - new Set(recorded).size,
    started: names.toSorted(),
    completed: recorded.toSorted(),
  };
}

describe("a family of runs", () => {
  for (const sink of [false, true])
    test(`continues after its worker was killed${sink ? ", with its rows in a database" : ""}`, async () => {
      await using harness = await restateHarness({}, { sink });
      const backend = await harness.open();
      await backend.start(familyOf(PARENT, { slow: SLOW }), { runId: "r" });
      const isStarted = (name: string): boolean =>
        harness.agentLog.read().some((note) => note.what === "started" && nameOf(note) === name);
      while (!isStarted("r.audit/b#1")) await harness.clock.advance(20);
      await harness.kill();
      await untilRested(backend, { r: "paused", "r.audit": "paused" });
      // Another client answers.
      const other = await harness.open();
      expect(await other.send("r.audit", approved)).toEqual({ ok: true });
      while (!isStarted("r.audit/c#1")) await harness.clock.advance(20);
      await harness.kill();
      await untilRested(backend, { r: "completed", "r.audit": "completed" });
      expect(await damageOf(harness, ["r", "r.audit"])).toEqual({
        ...{ startedTwice: 0, recordedTwice: 0 },
        started: [
          ...["r.audit/a#1", "r.audit/b#1", "r.audit/b#2", "r.audit/c#1", "r.audit/c#2"],
          ...["r/mail#1", "r/plan#1"],
        ],
        completed: [
          ...["r.audit/a#1", "r.audit/b#2", "r.audit/c#2"],
          ...["r/audit#2", "r/mail#1", "r/plan#1"],
        ],
      });
      if (!sink) return;
      const problems = harness.agentLog.read().filter(({ what }) => PROBLEMS.has(what));
      expect(problems).toEqual([]);
    });

  test("repeats nothing after its server was killed", async () => {
    await using harness = await restateHarness();
    const backend = await harness.open();
    await backend.start(familyOf(PARENT, { slow: SLOW }), { runId: "r" });
    while (harness.agentLog.read().length < 3) await harness.clock.advance(20);
    await harness.server.kill();
    await harness.server.restart();
    await untilRested(backend, { r: "paused", "r.audit": "paused" });
    expect((await damageOf(harness, ["r", "r.audit"])).started).toEqual([
      ...["r.audit/a#1", "r.audit/b#1", "r/plan#1"],
    ]);
  });

  test("is decided in segments: an attempt that waits is called again", async () => {
    const held = Promise.withResolvers<string>();
    const worker = ({ stepId }: AgentRequest): Promise<string> =>
      stepId === "b" ? held.promise : Promise.resolve(stepId);
    await using trial = await restateInProcess({ worker }, { segmentMs: 150 });
    const { backend, server } = trial;
    await backend.start(familyOf(PARENT, { slow: SLOW }), { runId: "r" });
    const legs = (): Promise<readonly unknown[]> =>
      server.sql(
        "SELECT idempotency_key FROM sys_invocation WHERE target_handler_name = 'child' " +
          "AND idempotency_key LIKE '%/audit/1/4'",
      );
    while ((await legs()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    held.resolve("b");
    await untilRested(backend, { r: "paused", "r.audit": "paused" });
    await backend.send("r.audit", approved);
    await untilRested(backend, { r: "completed" });
    const rows = await rowsOf(backend, "r");
    const attempts = rows.filter(({ stepId }) => stepId === "audit");
    expect(attempts.map(({ type, attemptNumber }) => [type, attemptNumber])).toEqual([
      ["step_failed", 1],
      ["step_completed", 2],
    ]);
  });

  test("is handed over by a worker that drains while an attempt waits for its run", async () => {
    const held = Promise.withResolvers<string>();
    const begun = Promise.withResolvers<void>();
    const holding = (): Promise<string> => {
      begun.resolve();
      return held.promise;
    };
    const worker = ({ stepId }: AgentRequest): Promise<string> => Promise.resolve(stepId);
    await using trial = await restateInProcess({ worker });
    const { backend, server, folder } = trial;
    const { adminUrl, ingressUrl } = server;
    const shared = { adminUrl, ingressUrl, artifacts: join(folder, "artifacts") };
    const serve = (agents: Parameters<typeof serveRestateWorker>[0]["agents"]) =>
      serveRestateWorker({ ...shared, agents, listen: "127.0.0.1:0" });
    // The worker of the agent is not the one that decides from now on.
    await using _ = await serve({ holder: holding });
    await using old = await serve({ worker });
    const slow = SLOW.replaceAll("agentId: worker", "agentId: holder");
    await backend.start(familyOf(PARENT, { slow }), { runId: "r" });
    await begun.promise;
    await using newer = await serve({ worker });
    await old.drain(20_000);
    const { deployments } = await backend.check();
    const drained = deployments.find(({ uri }) => samePort(uri, old.url));
    expect([drained?.isDraining, drained?.unfinished]).toEqual([true, 0]);
    held.resolve("done");
    await untilRested(backend, { r: "paused", "r.audit": "paused" });
    expect(newer.running).toBe(0);
    expect((await rowsOf(backend, "r")).filter(({ stepId }) => stepId === "audit")).toHaveLength(1);
  });

  test("takes another id if a user's run has that of the child run", async () => {
    await using trial = await restateInProcess({ worker: ({ stepId }) => Promise.resolve(stepId) });
    const { backend } = trial;
    const alone = prepareWorkflow("name: alone\nsteps: [{ id: a, agentId: worker, task: A }]");
    await backend.start(alone, { runId: "r.audit" });
    await untilRested(backend, { "r.audit": "completed" });
    await backend.start(familyOf(PARENT, { slow: SLOW }), { runId: "r" });
    await untilRested(backend, { "r.audit~1": "paused", r: "paused" });
    const children = await backend.list({ isChild: true });
    expect(children.map(({ runId }) => runId)).toEqual(["r.audit~1"]);
    expect(await backend.send("r", { verb: "cancel" })).toEqual({ ok: true });
    await untilRested(backend, { r: "cancelled", "r.audit~1": "cancelled" });
    expect((await backend.get("r.audit"))?.status).toBe("completed");
  });

  test("runs the handlers of a child run that waits before the parent has ended", async () => {
    const careful = `${SLOW}on: { always: [{ id: clean, agentId: worker, task: Clean }] }\n`;
    const cleaned: string[] = [];
    const worker = ({ stepId }: AgentRequest): Promise<string> => {
      if (stepId === ":always.clean") cleaned.push(stepId);
      return Promise.resolve(stepId);
    };
    await using trial = await restateInProcess({ worker });
    const { backend } = trial;
    await backend.start(familyOf(PARENT, { slow: careful }), { runId: "r" });
    await untilRested(backend, { r: "paused" });
    await backend.send("r", { verb: "cancel" });
    await untilRested(backend, { r: "cancelled", "r.audit": "cancelled" });
    expect(cleaned).toEqual([":always.clean"]);
  });

  test("continues by itself when the gate of a child run expires", async () => {
    const asking = `
id: asking
name: asking
steps:
  - { id: review, gate: { ask: "Go?", expires: 2s, onExpire: approve } }
  - { id: b, agentId: worker, task: B, dependencies: [review] }
`;
    const parent = "name: p\nsteps: [{ id: in, workflow: ./asking.yaml }]";
    await using trial = await restateInProcess({ worker: ({ stepId }) => Promise.resolve(stepId) });
    await trial.backend.start(familyOf(parent, { asking }), { runId: "r" });
    await untilRested(trial.backend, { r: "completed", "r.in": "completed" });
    const reasons = (await rowsOf(trial.backend, "r"))
      .filter(({ type }) => type === "step_failed")
      .map(({ payload }) => (JSON.parse(payload) as { readonly reason: string }).reason);
    expect(reasons).toEqual(["waiting"]);
  });

  test("repeats no attempt that has ended, wherever its worker is killed", async () => {
    const leaf = `
id: leaf
name: leaf
steps:
  - { id: a, agentId: worker, task: ${task({ afterMs: 150 })} }
  - { id: b, agentId: worker, task: ${task({ afterMs: 100, failUntil: 1 })}, dependencies: [a] }
`;
    const branch = `
id: branch
name: branch
steps:
  - { id: x, workflow: ./leaf.yaml, retry: { max: 1, backoff: 10ms, jitter: none } }
  - { id: y, agentId: worker, task: ${task({ afterMs: 50 })}, dependencies: [x] }
`;
    const tree = `
name: tree
steps:
  - { id: each, foreach: { in: [p, q, r, s] }, workflow: ./branch.yaml }
  - { id: end, agentId: worker, task: ${task({})}, dependencies: [each] }
`;
    const segments = { segmentEvents: 5, segmentMs: 700 };
    await using harness = await restateHarness(segments, { sink: true });
    const backend = await harness.open();
    await backend.start(familyOf(tree, { branch, leaf }), { runId: "r" });
    for (const count of [2, 6, 11, 15]) {
      while (harness.agentLog.read().filter(({ what }) => what === "started").length < count)
        await harness.clock.advance(5);
      await harness.kill();
    }
    await untilRested(backend, { r: "completed" });
    const ids = (await backend.list()).map(({ runId }) => runId);
    const { startedTwice, recordedTwice, completed } = await damageOf(harness, ids);
    expect([startedTwice, recordedTwice, completed.length]).toEqual([0, 0, 4 * 5 + 1]);
    const problems = harness.agentLog.read().filter(({ what }) => PROBLEMS.has(what));
    expect(problems).toEqual([]);
  });

  test("is removed as a whole", async () => {
    await using trial = await restateInProcess({ worker: ({ stepId }) => Promise.resolve(stepId) });
    const { backend, server } = trial;
    await backend.start(familyOf(PARENT, { slow: SLOW }), { runId: "r" });
    await untilRested(backend, { r: "paused" });
    await backend.send("r.audit", approved);
    await untilRested(backend, { r: "completed" });
    await expect(backend.remove("r.audit")).rejects.toMatchObject({
      code: "invalid_argument",
      message: "Run r.audit belongs to run r.",
    });
    await backend.remove("r");
    expect(await backend.list()).toEqual([]);
    expect(await server.sql("SELECT key FROM state")).toEqual([]);
  });

  test("is copied, parents first, and continued by the embedded engine", async () => {
    await using trial = await restateInProcess({
      worker: ({ stepId }) => Promise.resolve(stepId.repeat(20_000)),
    });
    const { backend, folder } = trial;
    await backend.start(familyOf(PARENT, { slow: SLOW }), { runId: "r" });
    await untilRested(backend, { r: "paused" });
    const database = join(folder, "copy.db");
    const storage = openSqliteStorage({ path: database });
    expect(await pullReplica(backend, storage, "r")).toMatchObject({ runs: 2 });
    expect(await pullReplica(backend, storage)).toEqual({ runs: 0, entries: 0 });
    storage.close();
    const performed: string[] = [];
    await using engine = await WorkflowEngine.open({
      database,
      agents: { worker: ({ stepId }) => Promise.resolve(performed.push(stepId)) },
    });
    await expect(engine.adopt("r.audit")).rejects.toMatchObject({ code: "run_owned_elsewhere" });
    await engine.adopt("r");
    await untilRested(engine, { r: "paused", "r.audit": "paused" });
    await engine.answer("r", "audit.review", { approved: true });
    await untilRested(engine, { r: "completed", "r.audit": "completed" });
    expect(performed).toEqual(["c", "mail"]);
  });
});

const samePort = (one: string, other: string): boolean => new URL(one).port === new URL(other).port;
