import { describe, expect, test } from "vitest";
import {
  type AgentFunction,
  openSqliteStorage,
  type RunCommand,
  WorkflowEngine,
} from "../../src/index.js";
import { SimulatedClock } from "../../src/testing/index.js";
import { bench, workflow } from "../support/workflows.js";

const one = workflow({ a: [] });

async function withAgent(agent: AgentFunction, storage = openSqliteStorage({ path: ":memory:" })) {
  const clock = new SimulatedClock();
  const engine = await WorkflowEngine.open({ storage, ports: { clock }, agents: { "*": agent } });
  return { engine, clock, [Symbol.asyncDispose]: () => engine.close() };
}

describe("an invalid option is refused on input, and other runs are unaffected:", () => {
  test.each(["", "  ", "x".repeat(201), "half \ud83d", 7 as unknown as string])(
    "the name %j of a checkpoint",
    async (name) => {
      await using b = await bench({ a: { result: 1, afterMs: 10 } });
      const [run, other] = [await b.engine.start(one), await b.engine.start(one)];
      const beside = other.checkpoint("fine");
      await expect(run.checkpoint(name)).rejects.toMatchObject({ code: "invalid_argument" });
      await expect(b.engine.checkpoint(run.id, name)).rejects.toMatchObject({
        code: "invalid_argument",
      });
      await beside;
      await b.clock.advance(10);
      expect([(await run.ending).status, (await other.ending).status]).toEqual([
        "completed",
        "completed",
      ]);
    },
  );

  test("the name of a checkpoint sent by another process", async () => {
    await using b = await bench({ a: { result: 1, afterMs: 1000 } });
    const run = await b.engine.start(one);
    const commandId = b.engine.storage.sendCommand({
      runId: run.id,
      verb: "checkpoint",
      argument: '{"name":""}',
      sentAt: b.clock.now(),
    });
    await b.clock.advance(500);
    expect(b.engine.storage.commandAnswer(commandId)).toContain("is not a valid checkpoint name");
    await b.clock.advance(500);
    expect((await run.ending).status).toBe("completed");
  });

  test("a context that is not JSON", async () => {
    await using b = await bench({ a: { result: 1, afterMs: 10 } });
    const run = await b.engine.start(one);
    await expect(b.engine.start(one, { context: { n: 1n } })).rejects.toMatchObject({
      code: "invalid_input",
    });
    await b.clock.advance(10);
    expect([(await run.ending).status, b.engine.storage.listRuns().length]).toEqual([
      "completed",
      1,
    ]);
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 31])("a concurrency of %d", async (concurrency) => {
    await expect(bench({}, { concurrency })).rejects.toMatchObject({ code: "invalid_argument" });
    await using b = await bench();
    await expect(
      b.engine.start(one, { agentConcurrency: { worker: concurrency } }),
    ).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(bench({}, { checkpoint: { every: concurrency } })).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });

  test("except an infinite limit, which means no limit, also after a resume", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const first = await bench(
      { c: { hangs: true } },
      { storage, checkpoint: { every: Number.POSITIVE_INFINITY } },
    );
    const run = await first.engine.start(workflow({ a: [], b: [], c: [] }), {
      concurrency: Number.POSITIVE_INFINITY,
    });
    run.ending.catch(() => undefined);
    await first.clock.settle();
    await first.engine.close();
    await using second = await bench({}, { storage });
    expect((await (await second.engine.resume(run.id)).ending).status).toBe("completed");
  });
});

describe("a change that an agent makes to its request", () => {
  test("changes neither the recorded values nor the values passed to other steps", async () => {
    await using b = await withAgent(({ stepId, previousResults }) => {
      if (stepId === "a") return { list: [3, 1, 2] };
      const { list } = previousResults["a"] as { list: number[] };
      return stepId === "b" ? list.reverse()[0] : list[0];
    });
    const run = await b.engine.start(workflow({ a: [], b: ["a"], c: ["a", "b"] }));
    expect((await run.ending).results).toEqual({ a: { list: [3, 1, 2] }, b: 2, c: 3 });
  });

  test("is refused for inputs and context, which are copies of the caller's values", async () => {
    await using b = await withAgent(({ inputs, context }) => {
      const attempts = [
        () => (inputs["list"] as number[]).push(9),
        () => Object.assign(context["who"] as object, { name: "else" }),
      ];
      const refused = attempts.map((attempt) => {
        try {
          return attempt();
        } catch (error) {
          return (error as Error).name;
        }
      });
      return [refused, inputs, context];
    });
    const list = [1];
    const started = b.engine.start(workflow({ a: [] }, { inputs: { list: { type: "array" } } }), {
      inputs: { list },
      context: { who: { name: "me" }, at: new Date(0) },
    });
    list.push(2);
    const given = [{ list: [1] }, { who: { name: "me" }, at: "1970-01-01T00:00:00.000Z" }];
    expect((await (await started).ending).results["a"]).toEqual([
      ["TypeError", "TypeError"],
      ...given,
    ]);
  });
});

describe("an agent that throws", () => {
  test.each<[string, () => unknown, string]>([
    [
      "a value without text",
      () => Object.create(null) as unknown,
      "a value that cannot be converted to text",
    ],
    [
      "an error whose message is not text",
      () => Object.assign(new Error("x"), { message: { code: 42 } }),
      '{"code":42}',
    ],
    ["half of a pair of characters", () => new Error("half \ud83d"), "half \ufffd"],
  ])("%s fails its step, and the run can be resumed", async (_, thrown, message) => {
    let throws = true;
    await using b = await withAgent(() => {
      if (throws) throw thrown();
      return 1;
    });
    const run = await b.engine.start(one);
    expect((await run.ending).error).toContain(message);
    throws = false;
    expect((await (await b.engine.resume(run.id)).ending).results).toEqual({ a: 1 });
  });

  test("fails its step because of an invalid process id, and other runs finish", async () => {
    await using b = await withAgent(async ({ stepId, log, recordProcess }) => {
      log(7 as unknown as string, "debug" as "stdout");
      if (stepId === "a") await recordProcess?.(undefined as unknown as number);
      return stepId;
    });
    const [run, other] = [await b.engine.start(one), await b.engine.start(workflow({ b: [] }))];
    expect([(await run.ending).error, (await other.ending).results]).toEqual([
      expect.stringContaining("a process id must be a whole number, 1 or more; undefined is not"),
      { b: "b" },
    ]);
  });
});

describe("the verbs of a backend", () => {
  test.each([undefined, null, "pause", {}, { verb: "explode" }, { verb: "toString" }])(
    "refuse the command %j, whichever engine owns the run",
    async (command) => {
      const storage = openSqliteStorage({ path: ":memory:" });
      await using b = await bench({ a: { result: 1, afterMs: 10 } }, { storage });
      const run = await b.engine.start(one);
      await using other = await bench({}, { storage, ports: { clock: b.clock } });
      for (const { engine } of [b, other])
        expect(await engine.send(run.id, command as unknown as RunCommand)).toMatchObject({
          ok: false,
          code: "invalid_argument",
        });
    },
  );

  test.each([
    ["name", "x".repeat(1001), {}],
    ["signalId", "go", { signalId: "x".repeat(1001) }],
  ])("refuse the %s of a signal of more than 1,000 characters", async (member, name, signal) => {
    await using b = await bench({ a: { result: 1, afterMs: 10 } });
    const run = await b.engine.start(one);
    await expect(b.engine.signal(run.id, name, signal)).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining(`${member} must be text of 1 to 1000 characters`),
    });
    const longest = "x".repeat(1000);
    await b.engine.signal(run.id, longest, { signalId: longest });
  });

  test.each([-1, 1.5, Number.NaN, "1"])("refuse %j as a position or a limit", async (count) => {
    await using b = await bench({ a: { result: 1, afterMs: 10 } });
    const run = await b.engine.start(one);
    const limit = count as number;
    const journal = b.engine.journal(run.id, { afterSeq: limit })[Symbol.asyncIterator]();
    await expect(journal.next()).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(b.engine.list({ limit })).rejects.toMatchObject({ code: "invalid_argument" });
  });

  test("call no journal damaged because a position is beyond its end", async () => {
    await using b = await bench({ a: { result: 1, afterMs: 10 } });
    const run = await b.engine.start(one);
    const { journalSeq = 0 } = (await b.engine.get(run.id)) ?? {};
    const journal = b.engine.journal(run.id, { afterSeq: journalSeq + 1 });
    await expect(journal[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });
});
