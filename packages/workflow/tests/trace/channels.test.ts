import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, test } from "vitest";
import { openSqliteStorage, WorkflowEngine } from "../../src/index.js";
import {
  type AgentCalled,
  areFactsHeard,
  CHANNELS,
  type EngineClosing,
  type EntriesWritten,
} from "../../src/trace/channels.js";
import { bench, workflow } from "../support/workflows.js";

/** Listens to channels while `during` runs, and returns the messages with their channels. */
async function heard(
  channels: readonly string[],
  during: () => Promise<unknown>,
): Promise<[string, Record<string, unknown>][]> {
  const messages: [string, Record<string, unknown>][] = [];
  const listener = (message: unknown, name: string | symbol): void =>
    void messages.push([String(name), message as Record<string, unknown>]);
  for (const channel of channels) subscribe(channel, listener);
  try {
    await during();
  } finally {
    for (const channel of channels) unsubscribe(channel, listener);
  }
  return messages;
}

const FACTS = [
  ...[CHANNELS.runStart, CHANNELS.runEnd, CHANNELS.stepStart, CHANNELS.stepEnd],
  ...[CHANNELS.attemptStart, CHANNELS.attemptEnd],
];

describe("the channels of an engine", () => {
  test("carry the beginnings and ends of runs, steps and attempts, in order", async () => {
    await using b = await bench();
    const messages = await heard(FACTS, async () => {
      await b.clock.advanceUntil((await b.engine.start(workflow({ a: [] }))).ending);
    });
    expect(messages.map(([name, { stepId, status }]) => [name, stepId, status])).toEqual([
      ["automatosx:workflow:run:start", undefined, undefined],
      ["automatosx:workflow:step:start", "a", undefined],
      ["automatosx:workflow:attempt:start", "a", undefined],
      ["automatosx:workflow:attempt:end", "a", "completed"],
      ["automatosx:workflow:step:end", "a", "completed"],
      ["automatosx:workflow:run:end", undefined, "completed"],
    ]);
  });

  test("carry an attempt before its agent is called, once it is durable", async () => {
    const order: unknown[] = [];
    await using b = await bench();
    const { storage } = b.engine;
    const listener = (message: unknown): void => {
      const { runId, seq } = message as EntriesWritten;
      order.push([seq, [...storage.readJournal(runId)].length, b.agent.started.length]);
    };
    subscribe(CHANNELS.attemptStart, listener);
    await b.clock.advanceUntil((await b.engine.start(workflow({ a: [] }))).ending);
    unsubscribe(CHANNELS.attemptStart, listener);
    expect(order).toEqual([[6, 6, 0]]);
  });

  test("carry nothing of what happened before a run was resumed", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const script = { b: [{ hangs: true }, { result: 1 }] } as const;
    const first = await bench(script, { storage });
    const run = await first.engine.start(workflow({ a: [], b: ["a"] }));
    run.ending.catch(() => undefined);
    await first.clock.settle();
    await first.engine.close();
    await using second = await bench({}, { storage });
    const messages = await heard([CHANNELS.attemptEnd], async () => {
      await second.clock.advanceUntil((await second.engine.resume(run.id)).ending);
    });
    expect(
      messages.map(([, { stepId, attemptNumber, status }]) => [stepId, attemptNumber, status]),
    ).toEqual([
      ["b", 1, "interrupted"],
      ["b", 2, "completed"],
    ]);
    storage.close();
  });

  test("say which entries are new, without a gap, and when a run leaves", async () => {
    await using b = await bench();
    const messages = await heard([CHANNELS.written, CHANNELS.left], async () => {
      await b.clock.advanceUntil((await b.engine.start(workflow({ a: [], b: ["a"] }))).ending);
    });
    const written = messages.filter(([name]) => name === CHANNELS.written);
    expect(messages.at(-1)?.[0]).toBe(CHANNELS.left);
    const after = written.map(([, { afterSeq }]) => afterSeq);
    expect(after).toEqual([0, ...written.slice(0, -1).map(([, { seq }]) => seq)]);
  });

  test("let a subscriber set what an agent is given, and call it in a context", async () => {
    const calls: unknown[] = [];
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { worker: ({ traceparent }) => traceparent ?? "none" },
    });
    const listener = (message: unknown): void => {
      const call = message as AgentCalled;
      call.traceparent = "mine";
      call.around = (agent) => {
        calls.push([call.stepId, call.attemptNumber, call.idempotencyKey.endsWith("/a/1")]);
        return agent();
      };
    };
    subscribe(CHANNELS.call, listener);
    const { results } = await (await engine.start(workflow({ a: [] }))).ending;
    unsubscribe(CHANNELS.call, listener);
    expect([results, calls]).toEqual([{ a: "mine" }, [["a", 1, true]]]);
  });

  test.each<[string, AgentCalled["around"]]>([
    [
      "throws",
      () => {
        throw new Error("broken");
      },
    ],
    [
      "throws after the call",
      (agent) => {
        void agent();
        throw new Error("broken");
      },
    ],
    ["calls nothing", () => undefined],
    ["calls twice", (agent) => [agent(), agent()]],
    ["rejects", (agent) => agent().then(() => Promise.reject(new Error("broken")))],
  ])("call an agent once, even if the subscriber %s", async (_, around) => {
    let calls = 0;
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { worker: () => (calls += 1) },
    });
    const listener = (message: unknown): void => void ((message as AgentCalled).around = around);
    subscribe(CHANNELS.call, listener);
    const { status, results } = await (await engine.start(workflow({ a: [] }))).ending;
    unsubscribe(CHANNELS.call, listener);
    expect([status, results, calls]).toEqual(["completed", { a: 1 }, 1]);
  });

  test("let a subscriber delay the end of an engine", async () => {
    const order: string[] = [];
    const engine = await WorkflowEngine.open({ database: ":memory:" });
    const listener = (message: unknown): void => {
      const { storage, waitUntil } = message as EngineClosing;
      waitUntil(
        Promise.resolve().then(() => order.push(`open, ${storage.countRuns().running} running`)),
      );
      waitUntil(Promise.reject(new Error("ignored")));
    };
    subscribe(CHANNELS.closing, listener);
    await engine.close();
    unsubscribe(CHANNELS.closing, listener);
    order.push("closed");
    expect(order).toEqual(["open, 0 running", "closed"]);
  });

  test("are not used without subscribers", () => {
    expect(areFactsHeard()).toBe(false);
  });
});
