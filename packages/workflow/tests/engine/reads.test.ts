import { describe, expect, test } from "vitest";
import {
  type AgentRequest,
  attemptKey,
  changedRequest,
  RunReader,
  WorkflowEngine,
} from "../../src/index.js";
import { workflow } from "../support/workflows.js";

type Agent = (request: AgentRequest) => unknown;

/** The reads that the journal has for the step `a`, for an agent that is a function. */
async function readsOf(agent: Agent): Promise<unknown> {
  await using engine = await WorkflowEngine.open({
    database: ":memory:",
    agents: { worker: agent },
  });
  const run = await engine.start(
    workflow(
      { a: [] },
      { inputs: { town: { type: "string" }, tone: { type: "string", default: "dry" } } },
    ),
    { inputs: { town: "Bern" }, context: { team: "blue" } },
  );
  expect((await run.ending).status).toBe("completed");
  const entry = [...engine.storage.readJournal(run.id)].find(
    ({ type }) => type === "step_completed",
  );
  return (JSON.parse(entry?.payload ?? "") as { reads?: unknown }).reads;
}

describe("what a function agent reads beside its request", () => {
  test.each<[string, Agent, unknown]>([
    ["nothing", ({ task }) => task, undefined],
    ["one input", ({ inputs }) => inputs["town"], ["inputs.town"]],
    ["the inputs, but none of them", ({ inputs }) => typeof inputs, undefined],
    ["a value of the context", ({ context }) => context["team"], ["context"]],
    ["the context, but no value of it", ({ context }) => typeof context, undefined],
    ["a copy of all inputs", ({ inputs }) => ({ ...inputs }), ["inputs.tone", "inputs.town"]],
    [
      "a clone of all inputs",
      ({ inputs }) => structuredClone(inputs),
      ["inputs.tone", "inputs.town"],
    ],
    [
      "the whole request as JSON",
      (request) => JSON.stringify(request).length,
      ["context", "inputs.tone", "inputs.town"],
    ],
    [
      "an input of a request with another folder",
      (request) => changedRequest(request, { directory: "/tmp" }).inputs["town"],
      ["inputs.town"],
    ],
    [
      "an input after a while",
      async ({ inputs }) => {
        await Promise.resolve();
        return inputs["tone"];
      },
      ["inputs.tone"],
    ],
  ])("is recorded: %s", async (_, agent, reads) => {
    expect(await readsOf(agent)).toEqual(reads);
  });

  test("cannot be changed by the agent", async () => {
    const seen: unknown[] = [];
    await readsOf((request) => {
      try {
        (request.inputs as Record<string, unknown>)["town"] = "Basel";
      } catch (error) {
        seen.push((error as Error).name);
      }
      seen.push(request.inputs["town"], Object.isFrozen(request.inputs));
      return null;
    });
    expect(seen).toEqual(["TypeError", "Bern", true]);
  });

  test("makes the result stale when it changes, and no other", async () => {
    const calls: string[] = [];
    const agent: Agent = ({ stepId, inputs, context }) => {
      calls.push(stepId);
      if (stepId === "town") return inputs["town"];
      return stepId === "context" ? context["team"] : 1;
    };
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { worker: agent, broken: () => Promise.reject(new Error("broken")) },
    });
    const source = (agentId: string, team: string) =>
      workflow(
        { town: [], context: [], plain: [], last: { agentId, dependencies: ["plain"] } },
        { inputs: { town: { type: "string" } }, context: { team } },
      );
    const run = await engine.start(source("broken", "blue"), { inputs: { town: "Bern" } });
    await run.ending;
    await engine.amend(run.id, source("worker", "blue"), { inputs: { town: "Basel" } });
    expect((await (await engine.resume(run.id)).ending).status).toBe("completed");
    expect([calls.slice(0, 3).sort(), calls.slice(3)]).toEqual([
      ["context", "plain", "town"],
      ["town", "last"],
    ]);
    const fork = await engine.fork(run.id, { source: source("worker", "red") });
    const ending = await (await engine.resume(fork.runId)).ending;
    expect([calls.slice(5), ending.results["context"]]).toEqual([["context"], "red"]);
  });
});

describe("the effect key of a request", () => {
  test("is the same for attempts with the same request, in a form that a service can keep", async () => {
    const keys: unknown[] = [];
    const agent: Agent = ({ effectKey, attemptNumber }) => {
      keys.push(effectKey);
      if (attemptNumber === 1) throw new Error("again");
      return 1;
    };
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { worker: agent },
    });
    const run = await engine.start(workflow({ a: { retry: { max: 1, backoff: 1 } } }));
    expect((await run.ending).status).toBe("completed");
    expect(keys).toEqual([keys[0], keys[0]]);
    expect(keys[0]).toMatch(new RegExp(`^${run.id}/a@[0-9a-f]{8}$`));
  });

  test("differs for another request, and encodes the key of an item", async () => {
    const keys = new Map<string, string | undefined>();
    const agent: Agent = ({ effectKey, item }) => keys.set(String(item), effectKey).size;
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: { worker: agent },
    });
    const run = await engine.start(
      workflow({ a: { foreach: ["x y", "z"], task: "do ${{ item }}" } }),
      { runId: "nightly" },
    );
    await run.ending;
    const { createdAt = 0 } = engine.storage.getRun("nightly") ?? {};
    const prefix = attemptKey({ runId: "nightly", createdAt }, "a[x y]", 1).replace(/\/1$/, "@");
    expect(keys.get("x y")?.startsWith(prefix)).toBe(true);
    expect(new Set([...keys.values()].map((key) => key?.slice(-8))).size).toBe(2);
  });

  test("is passed to a program", async () => {
    await using engine = await WorkflowEngine.open({ database: ":memory:" });
    const run = await engine.start({
      id: "w",
      name: "w",
      steps: [{ id: "a", run: ["node", "-p", "process.env.AX_EFFECT_KEY"] }],
    });
    const { results } = await run.ending;
    expect(String(results["a"]).trim()).toMatch(new RegExp(`^${run.id}/a@[0-9a-f]{8}$`));
  });
});

test("a run that is read again has what its agents read", async () => {
  await using engine = await WorkflowEngine.open({
    database: ":memory:",
    agents: { worker: ({ context }: AgentRequest) => context["team"] },
  });
  const run = await engine.start(workflow({ a: [] }), { context: { team: "blue" } });
  await run.ending;
  const { view } = RunReader.open(engine.storage, run.id).catchUp();
  expect(view.step("a")?.detail?.reads).toEqual(["context"]);
});
