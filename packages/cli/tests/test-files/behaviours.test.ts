import { describe, expect, test } from "vitest";
import { mismatches } from "./play.js";

const ONE =
  "id: one\nsteps:\n  - { id: a, agentId: agent, task: the task, retries: 2, retry: { backoff: 1s, jitter: none } }\n";

const TWO = `id: two
steps:
  - { id: a, agentId: agent, task: "task a" }
  - { id: b, agentId: agent, task: "after \${{ steps.a.output }}", dependencies: [a] }
`;

describe("the behaviour of an agent", () => {
  test.each([
    ["echo", { echo: true }, "the task"],
    ["json", { json: { n: [1, null] } }, { n: [1, null] }],
    ["json that is null", { json: null }, null],
    ["text", { text: "said" }, "said"],
    ["feedback without a wrong answer", { feedback: true }, { feedback: false }],
    ["sleep, then echo", { sleep: "10s" }, "the task"],
    ["usage, then text", { usage: { usd: 0.1, tokens: 5 }, then: { text: "said" } }, "said"],
    ["request", { request: ["agentId", "with"] }, { agentId: "agent", with: null }],
    [
      "a behaviour for this step",
      { steps: { a: { text: "for a" } }, else: { text: "no" } },
      "for a",
    ],
    [
      "a behaviour for all other steps",
      { steps: { b: { text: "no" } }, else: { text: "else" } },
      "else",
    ],
    ["echo for all other steps", { steps: { b: { text: "no" } } }, "the task"],
    ["the first of a script", { script: [{ text: "1" }, { text: "2" }] }, "1"],
    ["a failure, then a text", { fail: 1, then: { text: "now" } }, "now"],
  ])("may be %s", async (_, behaviour, result) => {
    const expected = { status: "completed", results: { a: result } };
    expect(await mismatches(ONE, { agents: { agent: behaviour }, expect: expected })).toEqual([]);
  });

  test("may read the task as JSON", async () => {
    const workflow = "id: one\nsteps:\n  - { id: a, agentId: agent, task: '{\"n\": 1}' }\n";
    const expected = { results: { a: { n: 1 } } };
    expect(
      await mismatches(workflow, { agents: { agent: { parse: true } }, expect: expected }),
    ).toEqual([]);
  });

  test("fails the attempt if the task is not the JSON that it reads", async () => {
    const expected = {
      status: "failed",
      stepErrors: { a: { reason: "fatal", contains: "not JSON" } },
    };
    expect(await mismatches(ONE, { agents: { agent: { parse: true } }, expect: expected })).toEqual(
      [],
    );
  });

  test("counts launches for each step", async () => {
    const agents = { agent: { script: [{ text: "first" }, { text: "second" }] } };
    const expected = { results: { a: "first", b: "first" }, launches: { agent: 2 } };
    expect(await mismatches(TWO, { agents, expect: expected })).toEqual([]);
  });

  test("fails the first launches with an error and a class", async () => {
    const agents = { agent: { fail: 9, message: "no luck" } };
    const expected = {
      status: "failed",
      attempts: { a: 3 },
      launches: { agent: 3 },
      stepErrors: { a: { reason: "error", contains: "no luck" } },
      elapsed: "3s",
    };
    expect(await mismatches(ONE, { agents, expect: expected })).toEqual([]);
  });

  test("fails without a retry if the failure is fatal", async () => {
    const agents = { agent: { fail: 9, reason: "fatal" } };
    const expected = { launches: { agent: 1 }, stepErrors: { a: { reason: "fatal" } } };
    expect(await mismatches(ONE, { agents, expect: expected })).toEqual([]);
  });

  test("hangs until the attempt is stopped by its timeout", async () => {
    const workflow = "id: one\nsteps:\n  - { id: a, agentId: agent, task: x, timeout: 3h }\n";
    const expected = {
      status: "failed",
      stepErrors: { a: { reason: "timeout" } },
      elapsed: "3h",
      mostAtOnce: { agent: 1 },
    };
    expect(
      await mismatches(workflow, { agents: { agent: { hang: true } }, expect: expected }),
    ).toEqual([]);
  });

  test("of `*` applies to every agent without its own", async () => {
    const expected = { results: { b: "after done" }, launches: { agent: 2 } };
    const agents = { "*": { steps: { a: { text: "done" } } }, other: { text: "not used" } };
    expect(await mismatches(TWO, { agents, expect: expected })).toEqual([]);
  });

  test("is missing for an agent that is launched: the case fails and names it", async () => {
    expect(await mismatches(ONE, { agents: {}, expect: { status: "failed" } })).toEqual([
      { at: "agents.agent", expected: "a behaviour, since the agent is launched" },
    ]);
  });
});
