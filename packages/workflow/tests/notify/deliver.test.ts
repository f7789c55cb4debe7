import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type Clock,
  type EngineOptions,
  openSqliteStorage,
  WorkflowEngine,
} from "../../src/index.js";
import { MAX_ATTEMPTS } from "../../src/notify/Notifier.js";
import type { Receiver } from "../../src/notify/Receiver.js";
import type { ScriptedAnswer } from "../../src/testing/index.js";
import { childRun, normalWorkflow } from "../support/normal-form.js";
import { bench, workflow } from "../support/workflows.js";
import { fastClock, receivingServer } from "./receiving.js";

type Script = Record<string, readonly ScriptedAnswer[] | ScriptedAnswer>;

/** An engine on the fast clock whose agent answers as scripted. */
async function notifying(
  receivers: readonly Receiver[],
  script: Script = {},
  more: EngineOptions = {},
) {
  const clock = fastClock();
  return bench(script, { ports: { clock }, notify: { receivers }, ...more });
}

const folder = (): string => mkdtempSync(join(tmpdir(), "notices-"));

describe("a webhook", () => {
  test("gets the end of a run as signed JSON, after the commit", async () => {
    await using server = await receivingServer();
    const secret = `whsec_${Buffer.from("a key of some bytes").toString("base64")}`;
    await using b = await notifying([
      { on: ["run_ended"], url: server.url, secret, headers: { "x-team": "core" } },
    ]);
    const run = await b.engine.start(workflow({ a: [] }), { runId: "first" });
    await run.ending;
    const [{ notice, body, headers } = expect.fail()] = await server.until(1);
    const { id, at, ...rest } = notice;
    expect(rest).toEqual({
      version: 1,
      type: "run_ended",
      text: "under-test first: the run is completed",
      run: {
        id: "first",
        workflowId: "under-test",
        workflowName: "under test",
        workflowVersion: expect.any(String),
        status: "completed",
      },
      seq: b.engine.storage.getRun("first")?.journalSeq,
      counts: { total: 1, completed: 1, failed: 0, skipped: 0, cancelled: 0 },
    });
    const signature = createHmac("sha256", "a key of some bytes")
      .update(`${id}.${String(headers["webhook-timestamp"])}.${body}`)
      .digest("base64");
    expect([
      headers["webhook-id"],
      headers["webhook-signature"],
      headers["x-team"],
      typeof at,
    ]).toEqual([id, `v1,${signature}`, "core", "number"]);
  });

  test("gets each header once, also one that the receiver writes in other letters", async () => {
    await using server = await receivingServer();
    const added = { "Content-Type": "application/x.notice+json", "Webhook-Id": "another" };
    await using b = await notifying([{ on: ["run_ended"], url: server.url, headers: added }]);
    await (await b.engine.start(workflow({ a: [] }))).ending;
    const [{ notice, headers } = expect.fail()] = await server.until(1);
    expect([headers["content-type"], headers["webhook-id"]]).toEqual([
      "application/x.notice+json",
      notice.id,
    ]);
  });

  test("that fails twice gets the same notice again, and then the next one", async () => {
    await using server = await receivingServer((response, number) =>
      response.writeHead(number <= 2 ? 500 : 200).end(),
    );
    await using b = await notifying([{ on: ["step_failed", "run_ended"], url: server.url }], {
      a: { error: "no disk" },
    });
    const run = await b.engine.start(workflow({ a: [] }));
    await run.ending;
    const received = await server.until(4);
    const ids = received.map(({ notice }) => notice.id);
    expect([
      received.map(({ notice }) => notice.type),
      new Set(ids.slice(0, 3)).size,
      new Set(ids).size,
    ]).toEqual([["step_failed", "step_failed", "step_failed", "run_ended"], 1, 2]);
    await b.engine.close();
  });

  test("that never answers does not hold up the run, and is given up after the last attempt", async () => {
    await using server = await receivingServer(() => undefined);
    const b = await notifying(
      [{ on: ["run_ended"], url: `${server.url}?token=not-to-be-shown`, timeoutMs: 20 }],
      {},
      { ports: { clock: fastClock(5_000) } },
    );
    const run = await b.engine.start(workflow({ a: [] }));
    expect((await run.ending).status).toBe("completed");
    await server.until(MAX_ATTEMPTS);
    await expect
      .poll(() => b.engine.storage.notices.ofRun(run.id)[0]?.givenUp, { timeout: 10_000 })
      .toBe(1);
    expect(b.engine.storage.notices.unsettled()).toEqual([
      {
        runId: run.id,
        receiver: expect.stringMatching(/^[0-9a-f]{64}$/),
        name: new URL(server.url).origin,
        seq: b.engine.storage.getRun(run.id)?.journalSeq,
        part: 0,
        failures: 0,
        givenUp: 1,
        error: "the receiver did not answer within 20 ms",
      },
    ]);
    expect(new Set(server.received.map(({ notice }) => notice.id)).size).toBe(1);
    await b.engine.close();
  });

  test("that is gone is not tried again", async () => {
    await using server = await receivingServer((response) => response.writeHead(410).end());
    await using b = await notifying([{ on: ["run_ended"], url: server.url }]);
    const run = await b.engine.start(workflow({ a: [] }));
    await run.ending;
    await server.until(1);
    await expect.poll(() => b.engine.storage.notices.ofRun(run.id)[0]?.givenUp).toBe(1);
    expect(server.received.length).toBe(1);
  });

  test("may redirect within its origin; another host never gets the notice", async () => {
    await using other = await receivingServer();
    await using server = await receivingServer((response, number) => {
      if (number === 1) response.writeHead(307, { location: "/moved" }).end();
      else if (number === 2) response.writeHead(200).end();
      else response.writeHead(308, { location: other.url }).end();
    });
    await using b = await notifying([{ on: ["run_ended"], url: server.url }]);
    const first = await b.engine.start(workflow({ a: [] }));
    await first.ending;
    await server.until(2);
    const second = await b.engine.start(workflow({ a: [] }));
    await second.ending;
    await expect
      .poll(() => b.engine.storage.notices.ofRun(second.id)[0]?.error)
      .toBe("the receiver redirected with status 308, which is not followed");
    expect([server.received.slice(0, 2).map(({ url }) => url), other.received]).toEqual([
      ["/hook", "/moved"],
      [],
    ]);
  });

  test("gets what it subscribed to, each once, in the order of the journal", async () => {
    await using server = await receivingServer();
    await using b = await notifying([{ on: ["step_failed", "run_failed"], url: server.url }], {
      a: { error: "x" },
      b: { error: "y" },
      c: { error: "z" },
    });
    const steps = { a: [], b: [], c: { continueOnError: true } };
    const run = await b.engine.start(workflow(steps));
    await run.ending;
    const received = await server.until(4);
    expect(received.map(({ notice }) => [notice.type, notice.step?.path, notice.error])).toEqual([
      ["step_failed", "a", "x"],
      ["step_failed", "b", "y"],
      ["step_failed", "c", "z"],
      ["run_ended", undefined, expect.stringContaining("x")],
    ]);
    const completed = await b.engine.start(workflow({ d: [] }));
    await completed.ending;
    await b.engine.close();
    expect(server.received.length).toBe(4);
  });
});

describe("a hook", () => {
  const SAVE = `
    const chunks = []; for await (const c of process.stdin) chunks.push(c);
    const { AX_NOTICE_ID, AX_NOTICE_TYPE, AX_RUN_ID, COLOUR, HOME = null } = process.env;
    const fs = await import("node:fs");
    fs.appendFileSync(process.argv[1], JSON.stringify({
      notice: JSON.parse(chunks.join("")), AX_NOTICE_ID, AX_NOTICE_TYPE, AX_RUN_ID, COLOUR, HOME,
    }) + "\\n");
    process.exit(fs.readFileSync(process.argv[1], "utf8").split("\\n").length > 2 ? 0 : 3);
  `;

  test("reads the notice from its stdin, and is run again if it fails", async () => {
    const file = join(folder(), "saved");
    const command = [process.execPath, "--input-type=module", "-e", SAVE, file];
    await using b = await notifying([
      { on: ["run_ended"], command, env: { COLOUR: "red", HOME: null }, timeoutMs: 60_000 * 200 },
    ]);
    const run = await b.engine.start(workflow({ a: [] }), { runId: "first" });
    await run.ending;
    await expect
      .poll(() => b.engine.storage.notices.unsettled(), { timeout: 20_000, interval: 50 })
      .toEqual([]);
    const lines = readFileSync(file, "utf8").trim().split("\n");
    const saved = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const { notice, ...environment } = saved[0] ?? {};
    expect([lines.length, saved[0], notice]).toEqual([
      2,
      saved[1],
      expect.objectContaining({ type: "run_ended", id: environment["AX_NOTICE_ID"] }),
    ]);
    expect(environment).toEqual({
      AX_NOTICE_ID: expect.stringMatching(/^msg_[0-9a-f]{32}$/),
      AX_NOTICE_TYPE: "run_ended",
      AX_RUN_ID: "first",
      COLOUR: "red",
      HOME: null,
    });
  });

  test("whose program is missing is given up with the reason", async () => {
    const command = ["/does/not/exist"];
    await using b = await notifying([{ on: ["run_ended"], command }]);
    const run = await b.engine.start(workflow({ a: [] }));
    await run.ending;
    await expect
      .poll(() => b.engine.storage.notices.ofRun(run.id)[0]?.givenUp, { timeout: 10_000 })
      .toBe(1);
    const [position] = b.engine.storage.notices.ofRun(run.id);
    expect([position?.name, position?.error]).toEqual([
      "/does/not/exist",
      "program /does/not/exist does not exist; change `command`",
    ]);
  });
});

describe("a notice", () => {
  test("of a gate says what is asked, and which command answers it", async () => {
    await using server = await receivingServer();
    const receivers = [{ on: ["gate_opened", "run_paused"], url: server.url }] as const;
    const commandFor = ({ run, step }: { run: { id: string }; step?: { path: string } }) =>
      step && `approve ${run.id} ${step.path}`;
    await using b = await notifying(receivers, {}, { notify: { receivers, commandFor } });
    const text = `name: asks
version: 1.0.0
steps:
  - {id: approve, gate: {ask: "Approve it?", form: {type: object, properties: {why: {type: string}}}}}
`;
    const run = await b.engine.start(text, { runId: "asking" });
    await run.ending;
    const [opened, paused] = await server.until(2);
    expect([opened?.notice.gate, opened?.notice.command, opened?.notice.text]).toEqual([
      {
        ask: "Approve it?",
        form: { type: "object", properties: { why: { type: "string" } } },
      },
      "approve asking approve",
      "asks asking: approve waits for an answer: Approve it?",
    ]);
    expect([paused?.notice.type, paused?.notice.text]).toEqual([
      "run_paused",
      "asks asking: the run is paused: waits for approve: Approve it?",
    ]);
  });

  test("of a budget comes once for each share that is passed", async () => {
    await using server = await receivingServer();
    await using b = await notifying([{ on: ["budget_50", "budget_80"], url: server.url }]);
    const text = `name: spends
version: 1.0.0
budget: {launches: 4}
steps:
  - {id: a, agentId: worker, task: a}
  - {id: b, agentId: worker, task: b, dependencies: [a]}
  - {id: c, agentId: worker, task: c, dependencies: [b]}
  - {id: d, agentId: worker, task: d, dependencies: [c]}
`;
    await (await b.engine.start(text)).ending;
    await server.until(2);
    await b.engine.close();
    expect(
      server.received.map(({ notice }) => [notice.type, notice.budget?.dimension, notice.text]),
    ).toEqual([
      ["budget_50", "launches", expect.stringContaining("launches 2 of 4 (50 %)")],
      ["budget_80", "launches", expect.stringContaining("launches 4 of 4 (100 %)")],
    ]);
  });

  test("of the end of a child run is not sent: that of its parent is", async () => {
    await using server = await receivingServer();
    await using b = await notifying([{ on: ["run_ended", "step_failed"], url: server.url }], {
      inner: { error: "x" },
    });
    const child = normalWorkflow({ inner: [] }, { id: "child" });
    const parent = normalWorkflow({ audit: childRun(child) }, { id: "parent" }, [child]);
    await (await b.engine.start(parent, { runId: "parent" })).ending;
    await server.until(3);
    await b.engine.close();
    expect(server.received.map(({ notice }) => [notice.type, notice.run.parentStepId])).toEqual([
      ["step_failed", "audit"],
      ["step_failed", undefined],
      ["run_ended", undefined],
    ]);
  });
});

describe("an engine", () => {
  test("delivers what the engine before it could not, and nothing twice", async () => {
    const database = join(folder(), "w.db");
    let isUp = false;
    await using server = await receivingServer((response) =>
      response.writeHead(isUp ? 200 : 503).end(),
    );
    const receivers = [{ on: ["run_ended"], url: server.url }] as const;
    const open = (clock: Clock): Promise<WorkflowEngine> =>
      WorkflowEngine.open({
        ...{ database, agents: { "*": () => "done" }, notify: { receivers } },
        ports: { clock },
      });
    // Its seconds are real ones, so it is closed long before it tries again.
    const first = await open(fastClock(1));
    const run = await first.start(workflow({ a: [] }));
    await run.ending;
    await server.until(1);
    await first.close();
    const failed = server.received.length;
    isUp = true;
    const second = await open(fastClock());
    await server.until(failed + 1);
    await second.close();
    const third = await open(fastClock());
    await third.close();
    expect([
      server.received.length,
      new Set(server.received.map(({ notice }) => notice.id)).size,
    ]).toEqual([failed + 1, 1]);
  });

  test("that is closed gives up waiting for a receiver, not the notice", async () => {
    const database = join(folder(), "w.db");
    await using server = await receivingServer(() => undefined);
    const engine = await WorkflowEngine.open({
      ...{ database, agents: { "*": () => "done" }, ports: { clock: fastClock() } },
      notify: { receivers: [{ on: ["run_ended"], url: server.url }] },
    });
    const run = await engine.start(workflow({ a: [] }));
    await run.ending;
    await server.until(1);
    await engine.close();
    const storage = openSqliteStorage({ path: database, readOnly: true });
    const end = storage.getRun(run.id)?.journalSeq ?? 0;
    const positions = storage.notices.ofRun(run.id);
    storage.close();
    expect(positions.map(({ seq, failures, givenUp }) => [seq < end, failures, givenUp])).toEqual([
      [true, 0, 0],
    ]);
  });

  test("leaves the runs of before alone when receivers are added to it", async () => {
    const database = join(folder(), "w.db");
    const agents = { "*": () => "done" };
    const plain = await WorkflowEngine.open({ database, agents });
    await (await plain.start(workflow({ a: [] }))).ending;
    await plain.close();
    await using server = await receivingServer();
    const notify = { receivers: [{ on: ["run_ended"], url: server.url }] } as const;
    const engine = await WorkflowEngine.open({ database, agents, notify });
    const run = await engine.start(workflow({ a: [] }));
    await run.ending;
    await engine.close();
    expect(server.received.map(({ notice }) => notice.run.id)).toEqual([run.id]);
  });

  test.each([
    ["without an address", { on: ["run_ended"] }, "must have either `url` or `command`"],
    ["with both", { on: ["run_ended"], url: "http://x", command: ["y"] }, "must have either"],
    ["of files", { on: ["run_ended"], url: "file:///x" }, "must be an `http` or `https` address"],
    ["with a password", { on: ["run_ended"], url: "http://a:b@x" }, "without a user name"],
    ["of nothing", { on: [], url: "http://x" }, "must be a list of `run_ended`"],
    ["of budget_0", { on: ["budget_0"], url: "http://x" }, "must be a list of `run_ended`"],
    ["with a bad header", { on: ["run_ended"], url: "http://x", headers: { "a b": "c" } }, "`a b`"],
    ["with an unknown key", { on: ["run_ended"], url: "http://x", retries: 3 }, "`retries`"],
  ])("refuses a receiver %s", async (_, receiver, message) => {
    await expect(
      WorkflowEngine.open({ database: ":memory:", notify: { receivers: [receiver as never] } }),
    ).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining(message),
    });
  });
});
