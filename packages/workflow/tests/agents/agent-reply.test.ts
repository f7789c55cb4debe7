import { describe, expect, test } from "vitest";
import { type AgentUsage, agentReply, readReply } from "../../src/agents/agent-reply.js";
import { bench, workflow } from "../support/workflows.js";

const usage = { inputTokens: 1200, outputTokens: 80, cachedInputTokens: 0, usd: 0.004 };

describe("agentReply", () => {
  test("carries a result and its usage", () => {
    expect(readReply(agentReply({ result: "text", usage }))).toEqual({ result: "text", usage });
  });

  test("does not require usage, and keeps an undefined result", () => {
    expect(readReply(agentReply({ result: undefined }))).toEqual({ result: undefined });
  });

  test("looks like its two fields when it is logged, compared or spread", () => {
    const reply = agentReply({ result: 1, usage: { usd: 2 } });
    expect([JSON.stringify(reply), { ...reply }]).toEqual([
      '{"result":1,"usage":{"usd":2}}',
      { result: 1, usage: { usd: 2 } },
    ]);
  });

  test.each<[unknown, string]>([
    [{ usd: Number.NaN }, "usage.usd must be a number, 0 or more; it is NaN"],
    [{ inputTokens: -1 }, "usage.inputTokens must be a number, 0 or more; it is -1"],
    [{ usd: "0.1" }, 'usage.usd must be a number, 0 or more; it is "0.1"'],
    [
      { tokens: 5 },
      "usage cannot contain `tokens`; it can contain inputTokens, outputTokens, cachedInputTokens, usd",
    ],
    [7, "usage must be an object"],
    [null, "usage must be an object"],
  ])("refuses %j as usage", (invalid, message) => {
    expect(() => agentReply({ result: 1, usage: invalid as AgentUsage })).toThrow(
      expect.objectContaining({ name: "AgentError", message, retryable: false }),
    );
  });
});

describe("readReply", () => {
  test.each([
    [{ result: 1, usage: { usd: 2 } }],
    [{ result: 1 }],
    ["text"],
    [null],
    [undefined],
    [7],
    [[agentReply({ result: 1 })]],
  ])("treats %j, which is unmarked, as the result itself", (answer) => {
    expect(readReply(answer)).toEqual({ result: answer });
  });

  test("recognises a reply made by another copy of this package", () => {
    const mark = Symbol.for("@automatosx/agent-reply");
    expect(readReply({ result: "text", usage: { usd: 1 }, [mark]: true })).toEqual({
      result: "text",
      usage: { usd: 1 },
    });
  });

  test("refuses invalid usage in a reply made by another copy", () => {
    const mark = Symbol.for("@automatosx/agent-reply");
    expect(() => readReply({ result: 1, usage: { usd: -1 }, [mark]: true })).toThrow("usage.usd");
  });
});

describe("a step whose agent returns a reply", () => {
  test("has the reply's result; an unmarked object with the same keys is the result", async () => {
    const plain = { result: "plain", usage: { usd: 1 } };
    await using b = await bench({
      a: { result: agentReply({ result: "marked", usage }) },
      b: { result: plain },
    });
    const run = await b.engine.start(workflow({ a: [], b: ["a"] }));
    expect([(await run.ending).results, b.agent.requests[1]?.previousResults]).toEqual([
      { a: "marked", b: plain },
      { a: "marked" },
    ]);
  });

  test("has its usage in the journal row, in dollars and tokens", async () => {
    const rows = async (answer: unknown): Promise<[string, string][]> => {
      await using b = await bench({ a: { result: answer } });
      const run = await b.engine.start(workflow({ a: [] }));
      await run.ending;
      return [...b.engine.storage.readJournal(run.id)].map(({ type, payload }) => [type, payload]);
    };
    const bare = await rows({ n: 1 });
    expect(await rows(agentReply({ result: { n: 1 }, usage }))).toEqual(
      bare.map(([type, payload]) =>
        type === "step_completed"
          ? [type, '{"result":{"n":1},"usage":{"usd":0.004,"tokens":1280}}']
          : [type, payload],
      ),
    );
  });
});
