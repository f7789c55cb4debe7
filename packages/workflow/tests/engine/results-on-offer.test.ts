import { describe, expect, test } from "vitest";
import { checkNotes } from "../../src/index.js";
import { type Bench, bench, workflow } from "../support/workflows.js";

const BROKEN = { error: "broken", retryable: false } as const;

const chain = (first: string) =>
  workflow({
    a: { task: first },
    b: { dependencies: ["a"], task: "do b with ${{ steps.a.output }}" },
    c: { dependencies: ["b"], task: "do c with ${{ steps.b.output }}" },
  });

/** Lets a run go to its end; returns its status. */
async function end(b: Bench, run: { readonly ending: Promise<unknown> }): Promise<string> {
  const ending = (await b.clock.advanceUntil(run.ending)) as { readonly status: string };
  return ending.status;
}

describe("a failed run that resumes", () => {
  test("keeps a result behind a reopened step that has failed", async () => {
    await using b = await bench({
      a: [{ result: "A" }, BROKEN, { result: "A" }],
      b: { result: "B" },
      c: [BROKEN, { result: "C" }],
    });
    const run = await b.engine.start(chain("do a"));
    expect(await end(b, run)).toBe("failed");
    await b.engine.reopen(run.id, ["a"]);
    expect(await end(b, await b.engine.resume(run.id))).toBe("failed");
    expect(await end(b, await b.engine.resume(run.id))).toBe("completed");
    expect(b.agent.started).toEqual(["a", "b", "c", "a", "a", "c"]);
    expect(checkNotes(b.engine.storage, run.id)).toBeUndefined();
  });

  test("keeps a result behind a step that an amendment has made fail", async () => {
    await using b = await bench({
      a: [{ result: "A" }, BROKEN, { result: "A" }],
      b: { result: "B" },
      c: [BROKEN, { result: "C" }],
    });
    const run = await b.engine.start(chain("do a"));
    expect(await end(b, run)).toBe("failed");
    await b.engine.amend(run.id, chain("do a better"));
    expect(await end(b, await b.engine.resume(run.id))).toBe("failed");
    expect(await end(b, await b.engine.resume(run.id))).toBe("completed");
    expect(b.agent.started).toEqual(["a", "b", "c", "a", "a", "c"]);
  });

  test("keeps the results of items whose list was unusable in between", async () => {
    const each = (list: readonly string[]) =>
      workflow({
        each: { foreach: { in: list, as: "item" }, task: "do ${{ item }}" },
        last: { dependencies: ["each"] },
      });
    await using b = await bench({ each: { result: "E" }, last: [BROKEN, { result: "L" }] });
    const run = await b.engine.start(each(["x", "y"]));
    expect(await end(b, run)).toBe("failed");
    await b.engine.amend(run.id, each(["x", "y", "x"]));
    expect(await end(b, await b.engine.resume(run.id))).toBe("failed");
    expect(await end(b, await b.engine.resume(run.id))).toBe("failed");
    await b.engine.amend(run.id, each(["x", "y"]));
    expect(await end(b, await b.engine.resume(run.id))).toBe("completed");
    expect(b.agent.requests.map(({ task }) => task)).toEqual([
      ...["do x", "do y", "do last"],
      "do last",
    ]);
  });

  test("performs the steps after a checkpoint again if it is restored to that one", async () => {
    await using b = await bench({
      a: [{ result: "A" }, BROKEN, { result: "A" }],
      b: { result: "B" },
      c: [BROKEN, { result: "C" }],
    });
    const source = chain("do a");
    const [first, ...rest] = source.steps as readonly object[];
    const run = await b.engine.start({
      ...source,
      steps: [{ ...first, checkpoint: "early" }, ...rest],
    } as typeof source);
    expect(await end(b, run)).toBe("failed");
    await b.engine.reopen(run.id, ["a"]);
    expect(await end(b, await b.engine.resume(run.id))).toBe("failed");
    const [checkpoint] = b.engine.storage.listCheckpoints(run.id);
    expect(checkpoint?.name).toBe("early");
    expect(await end(b, await b.engine.resume(checkpoint?.checkpointId ?? ""))).toBe("completed");
    expect(b.agent.started).toEqual(["a", "b", "c", "a", "b", "c"]);
  });
});
