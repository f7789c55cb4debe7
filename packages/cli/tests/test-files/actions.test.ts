import { describe, expect, test } from "vitest";
import { mismatches } from "./play.js";

const CHAIN = `id: chain
steps:
  - { id: a, agentId: slow, task: "a" }
  - { id: b, agentId: slow, task: "b", dependencies: [a] }
  - { id: c, agentId: slow, task: "c", dependencies: [b] }
`;
const agents = { slow: { sleep: "10s" } };

describe("the actions of a case", () => {
  test("crash the engine while an attempt is in flight, and resume in a new one", async () => {
    const found = await mismatches(CHAIN, {
      agents,
      do: [
        {
          run: true,
          crashWhen: "b",
          expect: { steps: { a: "completed", b: "running", c: "pending" }, elapsed: "10s" },
        },
        { resume: true },
      ],
      expect: {
        status: "completed",
        attempts: { a: 1, b: 2, c: 1 },
        launches: { slow: 4 },
        elapsed: "30s",
        results: { a: "a", b: "b", c: "c" },
      },
    });
    expect(found).toEqual([]);
  });

  test("crash the engine at a chosen attempt", async () => {
    const found = await mismatches(CHAIN.replace('task: "a"', "task: a, retries: 2"), {
      agents: { slow: { steps: { a: { fail: 2 } }, else: { echo: true } } },
      do: [{ run: true, crashWhen: "a", attempt: 3 }, { resume: true }],
      expect: { status: "completed", attempts: { a: 4 } },
    });
    expect(found).toEqual([]);
  });

  test("crash an engine again and again", async () => {
    const found = await mismatches(CHAIN, {
      agents,
      do: [
        { run: true, crashWhen: "a" },
        { resume: true, crashWhen: "a" },
        { resume: true, crashWhen: "c" },
        { resume: true },
      ],
      expect: { status: "completed", attempts: { a: 3, b: 1, c: 2 } },
    });
    expect(found).toEqual([]);
  });

  test("lose nothing of the turn in which the engine dies", async () => {
    const workflow = `id: fan
steps:
  - { id: quick, agentId: quick, task: x }
  - { id: slow, agentId: slow, task: x }
  - { id: after, agentId: quick, task: x, dependencies: [quick] }
`;
    const found = await mismatches(workflow, {
      agents: { quick: { echo: true }, slow: { sleep: "1s" } },
      do: [
        { run: true, crashWhen: "slow", expect: { steps: { after: "completed" } } },
        { resume: true },
      ],
      expect: { status: "completed", launches: { quick: 2, slow: 2 } },
    });
    expect(found).toEqual([]);
  });

  test("pause the run while an attempt is in flight, which then finishes", async () => {
    const found = await mismatches(CHAIN, {
      agents,
      do: [
        {
          run: true,
          pauseWhen: "b",
          expect: { status: "paused", steps: { b: "completed", c: "ready" }, elapsed: "20s" },
        },
        { advance: "2h", expect: { elapsed: 7_220_000 } },
        { resume: true },
      ],
      expect: { status: "completed", launches: { slow: 3 }, elapsed: 7_230_000 },
    });
    expect(found).toEqual([]);
  });

  test("cancel the run while an attempt is in flight", async () => {
    const found = await mismatches(CHAIN, {
      agents,
      do: [{ run: true, cancelWhen: "b" }],
      expect: { status: "cancelled", steps: { a: "completed", b: "cancelled", c: "cancelled" } },
    });
    expect(found).toEqual([]);
  });

  test("cancel a run that is paused", async () => {
    const found = await mismatches(CHAIN, {
      agents,
      do: [{ run: true, pauseWhen: "a" }, { cancel: true }],
      expect: { status: "cancelled", steps: { a: "completed", b: "cancelled" } },
    });
    expect(found).toEqual([]);
  });

  test("resume a failed run, which tries the failed step again", async () => {
    const found = await mismatches(CHAIN, {
      agents: { slow: { steps: { b: { fail: 1 } } } },
      do: [{ run: true, expect: { status: "failed" } }, { resume: true }],
      expect: { status: "completed", attempts: { a: 1, b: 2 } },
    });
    expect(found).toEqual([]);
  });

  test("may be refused with a code, without changing the run", async () => {
    const found = await mismatches(CHAIN, {
      agents,
      do: [{ run: true }, { resume: true, refused: "run_not_resumable" }],
      expect: { status: "completed" },
    });
    expect(found).toEqual([]);
  });

  test("fail the case if they are refused with another code, or not at all", async () => {
    const other = await mismatches(CHAIN, {
      agents,
      do: [{ run: true }, { resume: true, refused: "gate_not_open" }],
      expect: {},
    });
    const accepted = await mismatches(CHAIN, {
      agents,
      do: [{ run: true, refused: "invalid_input" }],
      expect: {},
    });
    expect({ other, accepted }).toEqual({
      other: [
        {
          at: "do[1].refused",
          expected: "gate_not_open",
          found: "run_not_resumable: Run test is completed; there is nothing to resume.",
        },
      ],
      accepted: [
        { at: "do[0].refused", expected: "invalid_input", found: "the action was accepted" },
      ],
    });
  });

  test("fail the case if they are refused unexpectedly, and play no further", async () => {
    const found = await mismatches(CHAIN, {
      agents,
      do: [{ run: true }, { resume: true }, { resume: true }],
      expect: { status: "failed" },
    });
    expect(found.map(({ at }) => at)).toEqual(["do[1]"]);
  });
});

describe("the clock of a case", () => {
  test("passes days in an instant, and ends an attempt at its timeout", async () => {
    const workflow =
      "id: days\nsteps:\n  - { id: a, agentId: x, task: x, timeout: 2d, retries: 1, retry: { backoff: 3d, maxBackoff: 3d, jitter: none } }\n";
    const found = await mismatches(workflow, {
      agents: { x: { script: [{ fail: 1 }, { sleep: "47h" }] } },
      expect: { status: "completed", elapsed: "4d23h" },
    });
    expect(found).toEqual([]);
  });

  test("counts attempts of one agent that overlap", async () => {
    const workflow = `id: fan
limits: { agents: { worker: { concurrency: 2 } } }
steps:
${["a", "b", "c", "d", "e"].map((id) => `  - { id: ${id}, agentId: worker, task: x }`).join("\n")}
`;
    const found = await mismatches(workflow, {
      agents: { worker: { sleep: "10s" } },
      expect: { mostAtOnce: { worker: 2 }, elapsed: "30s", launches: { worker: 5 } },
    });
    expect(found).toEqual([]);
  });
});
