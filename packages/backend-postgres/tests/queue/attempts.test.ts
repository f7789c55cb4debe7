import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type PostgresServer, startPostgres } from "@automatosx/test-servers/postgres";
import { AgentError, type AgentRequest, agentReply } from "@automatosx/workflow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failuresOf, nameOf, until, workflowOf, worldOn } from "./support.js";

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server[Symbol.asyncDispose]());

describe("an attempt in the queue", () => {
  test("is performed by a worker, and its result, cost and logs reach the run", async () => {
    await using world = worldOn(server.createDatabase());
    const { engine } = await world.engine();
    await world.worker({
      agents: {
        worker: ({ task, log, stepId }) => {
          log(`working on ${stepId}\n`);
          log("and complaining \u0000 \ud800\n", "stderr");
          return agentReply({ result: { task }, usage: { inputTokens: 7, outputTokens: 5 } });
        },
      },
    });
    const run = await engine.start(
      workflowOf({ a: {}, b: { dependencies: ["a"], task: "after ${{ steps.a.output.task }}" } }),
      { runId: "job" },
    );
    const { status, results } = await run.ending;
    expect({ status, results }).toEqual({
      status: "completed",
      results: { a: { task: "do a" }, b: { task: "after do a" } },
    });
    const logs = world.storage.readLogs("job", "a").map(({ stream, text }) => [stream, text]);
    expect(logs).toEqual([
      ["stdout", "working on a\n"],
      ["stderr", "and complaining \u0000 \ufffd\n"],
    ]);
    const completed = [...world.storage.readJournal("job")].filter(
      ({ type }) => type === "step_completed",
    );
    expect(completed.map(({ payload }) => JSON.parse(payload).usage)).toEqual([
      { tokens: 12 },
      { tokens: 12 },
    ]);
  });

  test("fails with the class, the quota and the cost that its agent reports", async () => {
    await using world = worldOn(server.createDatabase());
    const { engine } = await world.engine();
    await world.worker({
      agents: {
        worker: ({ attemptNumber }) => {
          if (attemptNumber > 1) return "done";
          throw new AgentError("slow down", {
            class: "rate_limit",
            retryAt: Date.now() + 100,
            scope: "account",
            usage: { inputTokens: 3 },
          });
        },
      },
    });
    const run = await engine.start(workflowOf({ a: { retries: 0 } }), { runId: "job" });
    expect((await run.ending).results).toEqual({ a: "done" });
    const [failed] = [...world.storage.readJournal("job")].filter(
      ({ type }) => type === "step_failed",
    );
    expect(JSON.parse(failed?.payload ?? "")).toMatchObject({
      error: "slow down",
      reason: "rate_limit",
      scope: "account",
      usage: { tokens: 3 },
    });
  });

  test("is rendered by the worker, which supplies the secrets: none is in the queue", async () => {
    const canary = "canary-8231";
    await using world = worldOn(server.createDatabase());
    const { engine } = await world.engine({ secrets: () => canary });
    await world.worker({
      agents: {
        "@run": ({ run }) => ({ token: run?.env?.["TOKEN"] === canary, command: run?.command }),
      },
      secrets: (name) => (name === "TOKEN" ? canary : undefined),
    });
    const run = await engine.start(
      {
        id: "secret",
        name: "secret",
        steps: [
          {
            id: "a",
            run: { command: ["deploy", "${{ run.id }}"], env: { TOKEN: "${{ secrets.TOKEN }}" } },
          },
        ],
      },
      { runId: "job" },
    );
    expect((await run.ending).results).toEqual({
      a: { token: true, command: ["deploy", "job"] },
    });
    const rows = await world.dump();
    expect(rows).toContain("secrets.TOKEN");
    expect(rows).not.toContain(canary);
  });

  test("carries results of megabytes by reference, in both directions", async () => {
    await using world = worldOn(server.createDatabase());
    const { engine } = await world.engine();
    const large = "ü".repeat(1_000_000);
    await world.worker({
      agents: {
        worker: ({ stepId, previousResults }) => {
          if (stepId !== "join") return { large, of: stepId };
          return Object.values(previousResults).map(
            (result) => (result as { large: string }).large.length,
          );
        },
      },
      slots: 4,
    });
    const ids = Array.from({ length: 12 }, (_, index) => `s${index}`);
    const run = await engine.start(
      workflowOf({ ...Object.fromEntries(ids.map((id) => [id, {}])), join: { dependencies: ids } }),
    );
    const { status, results } = await run.ending;
    expect({ status, join: results["join"] }).toEqual({
      status: "completed",
      join: ids.map(() => 1_000_000),
    });
    const [sizes] = await world.query(
      `SELECT max(length(data::text) + length(coalesce(output::text, '')))::int AS job,
         (SELECT count(*)::int FROM axw_queue.contents) AS contents
       FROM axw_pgboss.job`,
    );
    expect(sizes).toMatchObject({ contents: expect.any(Number) });
    expect((sizes as { job: number }).job).toBeLessThan(100_000);
    // Each large text is stored once, however often it is sent.
    expect((sizes as { contents: number }).contents).toBeLessThan(30);
  });

  test("leaves files that steps on the engine's host can use", async () => {
    await using world = worldOn(server.createDatabase());
    const { engine } = await world.engine({
      agents: {
        local: async ({ runDirectory }) =>
          readFile(join(runDirectory ?? "", "out/report.txt"), "utf8"),
      },
    });
    await world.worker({
      agents: {
        worker: async ({ runDirectory = "", files = [] }) => {
          await mkdir(join(runDirectory, "out"));
          await writeFile(join(runDirectory, files[0] ?? ""), "written elsewhere");
          return { files };
        },
      },
    });
    const run = await engine.start(
      workflowOf({
        a: { files: ["out/report.txt"] },
        b: { agentId: "local", dependencies: ["a"], task: "read ${{ run.dir }}" },
      }),
    );
    expect((await run.ending).results).toMatchObject({ b: "written elsewhere" });
  });

  test("gets the files that earlier steps have declared, wherever those were performed", async () => {
    await using world = worldOn(server.createDatabase());
    const large = "x".repeat(100_000);
    const { engine } = await world.engine({
      agents: {
        local: async ({ runDirectory = "" }) => {
          await writeFile(join(runDirectory, "raw.bin"), Buffer.from([0, 255, 254]));
          await writeFile(join(runDirectory, "undeclared.txt"), "stays here");
        },
      },
    });
    await world.worker({
      agents: {
        writer: async ({ runDirectory = "", task }) =>
          writeFile(join(runDirectory, "report.txt"), task),
        reader: async ({ runDirectory = "" }) => ({
          report: await readFile(join(runDirectory, "report.txt"), "utf8"),
          raw: await readFile(join(runDirectory, "raw.bin"), "hex"),
          files: (await readdir(runDirectory)).sort(),
        }),
      },
    });
    const run = await engine.start(
      workflowOf({
        a: { agentId: "writer", task: "draft", files: ["report.txt"] },
        b: { agentId: "local", files: ["raw.bin"], dependencies: ["a"] },
        c: { agentId: "writer", task: large, files: ["report.txt"], dependencies: ["b"] },
        d: { agentId: "reader", dependencies: ["c"] },
      }),
    );
    expect((await run.ending).results["d"]).toEqual({
      ...{ report: large, raw: "00fffe" },
      files: ["raw.bin", "report.txt"],
    });
  });

  test("waits until a worker serves its agent", async () => {
    await using world = worldOn(server.createDatabase());
    const { engine } = await world.engine();
    const run = await engine.start(workflowOf({ a: { agentId: "later-1" } }));
    await world.worker({ agents: { other: () => "wrong" } });
    await world.worker({ agents: { "*": ({ agentId }) => `by ${agentId}` } });
    expect((await run.ending).results).toEqual({ a: "by later-1" });
  });

  test("is timed by the worker: waiting in the queue is not the agent's time", async () => {
    await using world = worldOn(server.createDatabase());
    const { engine } = await world.engine();
    const stopped: string[] = [];
    await world.worker({
      agents: {
        worker: (request) =>
          new Promise((resolve, reject) => {
            const timer = setTimeout(
              () => resolve("done"),
              request.stepId === "slow" ? 60_000 : 400,
            );
            request.signal.addEventListener("abort", () => {
              clearTimeout(timer);
              stopped.push(nameOf(request));
              reject(request.signal.reason as Error);
            });
          }),
      },
    });
    const steps = { a: { timeout: 600 }, b: { timeout: 600 }, slow: { timeout: 600, retries: 0 } };
    const run = await engine.start(workflowOf(steps), { runId: "job" });
    await run.ending;
    expect({ stopped, failures: failuresOf(world.storage, "job") }).toEqual({
      stopped: ["slow#1"],
      failures: [["slow", "timeout"]],
    });
  });
});

describe("execute of the queue's agent, which another agent may wrap", () => {
  test("sends a request whose texts are final, and returns the answer with its cost", async () => {
    await using world = worldOn(server.createDatabase());
    const given: unknown[] = [];
    await world.worker({
      agents: {
        worker: ({ task, with: options, inputs, previousResults, log }) => {
          given.push({ task, options, inputs, previousResults });
          log("written");
          return agentReply({ result: "answer", usage: { usd: 0.5 } });
        },
      },
    });
    const { queue } = await world.engine();
    const inner = queue.agentFor("worker");
    const requests: AgentRequest[] = [];
    const { engine } = await world.engine({
      agents: {
        worker: {
          resumes: true,
          execute: (request) => {
            requests.push(request);
            return inner.execute(request);
          },
        },
        first: () => "of the first",
      },
    });
    const run = await engine.start(
      {
        ...{ id: "wrapped", name: "wrapped", inputs: { text: "string" } },
        steps: [
          { id: "a", agentId: "first", task: "a" },
          {
            id: "b",
            agentId: "worker",
            dependencies: ["a"],
            task: "use ${{ inputs.text }}",
            with: { note: "${{ inputs.text }}" },
          },
        ],
      },
      { runId: "job", inputs: { text: "not ${{ a.template }}" } },
    );
    expect(await run.ending).toMatchObject({ status: "completed", results: { b: "answer" } });
    expect(given).toEqual([
      {
        task: "use not ${{ a.template }}",
        options: { note: "not ${{ a.template }}" },
        inputs: { text: "not ${{ a.template }}" },
        previousResults: { a: "of the first" },
      },
    ]);
    expect(world.storage.readLogs("job", "b").map(({ text }) => text)).toEqual(["written"]);
    expect(requests).toHaveLength(1);
  });

  test.each([
    new AgentError("slow", { class: "rate_limit", retryAt: 5, scope: "s", usage: { usd: 1 } }),
    new AgentError("no", { class: "refused" }),
    new AgentError("never", { class: "fatal" }),
    new AgentError("again", { class: "transient" }),
    new AgentError("perhaps", { class: "unknown" }),
    new AgentError("gone", { class: "interrupted" }),
  ])("rejects with the workers' AgentError: $class", async (error) => {
    await using world = worldOn(server.createDatabase());
    const { queue } = await world.worker({
      agents: {
        worker: () => {
          throw error;
        },
      },
    });
    const answered = queue.agentFor("worker").execute({
      ...{ runId: "r", workflowId: "w", stepId: "s", stepName: "s", agentId: "worker" },
      ...{ attemptNumber: 1, idempotencyKey: `r/${error.class}/1`, task: "t" },
      ...{ inputs: {}, context: {}, previousResults: {} },
      ...{ signal: new AbortController().signal, log: () => undefined },
    });
    await expect(answered).rejects.toMatchObject({
      ...{ name: "AgentError", message: error.message, class: error.class },
      ...{ retryable: error.retryable, retryAt: error.retryAt, scope: error.scope },
      usage: error.usage,
    });
  });
});

describe("a step that ends every worker that performs it", () => {
  test("uses up its retries after five lost workers", async () => {
    await using world = worldOn(server.createDatabase());
    const { engine } = await world.engine();
    // A worker that is gone at once: what it took has no heartbeat any more.
    const lose = setInterval(() => {
      const sql = `UPDATE axw_pgboss.job SET state = 'active', started_on = now(),
        heartbeat_on = now() - interval '1 hour' WHERE state = 'created'`;
      void world.query(sql).catch(() => undefined);
    }, 20);
    const run = await engine.start(workflowOf({ a: { retries: 1 } }), { runId: "job" });
    expect((await run.ending).status).toBe("failed");
    clearInterval(lose);
    const reasons = failuresOf(world.storage, "job").map(([, reason]) => reason);
    expect(reasons).toEqual([...Array(5).fill("interrupted"), "error", "error"]);
  });
});

describe("stopping an attempt", () => {
  test("tells the worker's agent why, within a second", async () => {
    await using world = worldOn(server.createDatabase());
    const { engine } = await world.engine();
    const told: { readonly afterMs: number; readonly reason: string }[] = [];
    let cancelledAt = 0;
    await world.worker({
      agents: {
        worker: ({ signal }) =>
          new Promise((_, reject) =>
            signal.addEventListener("abort", () => {
              const { message } = signal.reason as Error;
              told.push({ afterMs: performance.now() - cancelledAt, reason: message });
              reject(signal.reason as Error);
            }),
          ),
      },
      slots: 3,
    });
    const run = await engine.start(workflowOf({ a: {}, b: {}, c: {} }), { runId: "job" });
    await until(() => world.running() === 3);
    cancelledAt = performance.now();
    await run.cancel({ reason: "not needed" });
    expect((await run.ending).status).toBe("cancelled");
    expect(told.map(({ reason }) => reason)).toEqual(Array(3).fill("cancelled: not needed"));
    for (const { afterMs } of told) expect(afterMs).toBeLessThan(1000);
  });

  test("withdraws an attempt that has not begun: it never begins", async () => {
    await using world = worldOn(server.createDatabase());
    const { engine } = await world.engine();
    const run = await engine.start(workflowOf({ a: {}, b: {} }));
    await until(async () => (await world.countJobs()) === 2);
    await run.cancel();
    expect((await run.ending).status).toBe("cancelled");
    const begun: string[] = [];
    await world.worker({ agents: { worker: ({ stepId }) => begun.push(stepId) } });
    const other = await engine.start(workflowOf({ later: {} }));
    await other.ending;
    expect(begun).toEqual(["later"]);
  });

  test("repeats it after a pause with `stopAgents`, without using up a retry", async () => {
    await using world = worldOn(server.createDatabase());
    const { engine } = await world.engine();
    const begun: string[] = [];
    await world.worker({
      agents: {
        worker: (request) => {
          begun.push(nameOf(request));
          if (request.attemptNumber > 1) return "done";
          return new Promise((_, reject) =>
            request.signal.addEventListener("abort", () => reject(request.signal.reason as Error)),
          );
        },
      },
    });
    const run = await engine.start(workflowOf({ a: { retries: 0 } }), { runId: "job" });
    await until(() => begun.length === 1);
    await run.pause({ stopAgents: true });
    expect((await run.ending).status).toBe("paused");
    expect(failuresOf(world.storage, "job")).toEqual([["a", "interrupted"]]);
    const resumed = await engine.resume("job");
    expect((await resumed.ending).results).toEqual({ a: "done" });
    expect(begun).toEqual(["a#1", "a#2"]);
  });

  test("abandons an agent that ignores its signal, and declines its late answer", async () => {
    await using world = worldOn(server.createDatabase());
    const { engine } = await world.engine({ abandonAfterMs: 200, stopMs: 200 });
    const answer = Promise.withResolvers<string>();
    const { worker } = await world.worker({
      agents: { worker: ({ attemptNumber }) => (attemptNumber === 1 ? answer.promise : "second") },
      slots: 2,
    });
    const run = await engine.start(workflowOf({ a: {} }), { runId: "job" });
    await until(() => worker.running === 1);
    await run.pause({ stopAgents: true });
    await run.ending;
    const resumed = await engine.resume("job");
    answer.resolve("too late");
    expect((await resumed.ending).results).toEqual({ a: "second" });
  });
});
