import type { AgentDefinition } from "@automatosx/schemas";
import type { AgentPort } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { AgentRegistry, registryFromDefinitions } from "../src/registry/AgentRegistry.js";
import { agentFromRegistry } from "../src/registry/agent-from-registry.js";
import { simulatedAgent } from "../src/simulated-agent.js";
import { testRequest } from "../src/testing/index.js";

function registered(agents: AgentRegistry, id: string): AgentPort {
  const agent = agents.get(id);
  if (agent === undefined) throw new Error(`no agent ${id}`);
  return agent;
}

describe("a registry", () => {
  test("makes a port of a function, and gives it back by id", async () => {
    const registry = new AgentRegistry().register("echo", function echo({ task }) {
      return task;
    });
    const answer = await registry.get("echo")?.execute(testRequest({ task: "hello" }).request);
    expect([
      answer,
      registry.has("echo"),
      registry.get("other"),
      registry.has("other"),
      registry.list(),
    ]).toEqual([
      "hello",
      true,
      undefined,
      false,
      [
        {
          id: "echo",
          description: "the function echo",
          source: "code",
          isInstalled: true,
          isSimulated: false,
        },
      ],
    ]);
  });

  test("turns what a function throws into a rejection", async () => {
    const registry = new AgentRegistry().register("bad", () => {
      throw new Error("no");
    });
    await expect(registry.get("bad")?.execute(testRequest().request)).rejects.toThrow("no");
  });

  test("gives the fallback for any other id, under the id *, and takes it back", () => {
    const registry = new AgentRegistry().register("a", () => 1);
    const fallback = simulatedAgent();
    registry.fallback = fallback;
    const withFallback = [
      registry.get("b") === fallback,
      registry.has("b"),
      Object.keys(Object.fromEntries(registry)),
    ];
    registry.fallback = undefined;
    expect([withFallback, registry.get("b")]).toEqual([[true, false, ["a", "*"]], undefined]);
  });

  test("refuses an id that is taken, unless it is to be replaced", () => {
    const registry = new AgentRegistry().register("a", () => 1, { source: "agents.yaml" });
    expect(() => registry.register("a", () => 2)).toThrow(
      expect.objectContaining({
        code: "invalid_argument",
        message: "There is an agent `a` already (from agents.yaml).",
      }),
    );
    expect(registry.register("a", () => 2, { replace: true }).list()).toEqual([
      { id: "a", description: "a function", source: "code", isInstalled: true, isSimulated: false },
    ]);
  });

  test.each([
    ["revewer", "reviewer"],
    ["Writer", "writer"],
    ["wirter", "writer"],
    ["a", undefined],
    ["deployer", undefined],
    ["constructor", undefined],
  ])("suggests for %s: %s", (id, suggestion) => {
    const registry = new AgentRegistry()
      .register("reviewer", () => 1)
      .register("writer", () => 1)
      .register("*", () => 1);
    expect(registry.suggest(id)).toBe(suggestion);
  });

  test("comes of a workflow's agents, in their order", () => {
    const shared = { env: {}, grace: 5_000 };
    const definitions: Record<string, AgentDefinition> = {
      two: {
        type: "process",
        command: ["cat"],
        input: "task",
        output: "text",
        okExitCodes: [0],
        ...shared,
      },
      one: {
        type: "process",
        command: ["no-such-program-here"],
        input: "task",
        output: "text",
        okExitCodes: [0],
        ...shared,
      },
      try: { type: "preset", preset: "simulated", args: [], ...shared },
    };
    const list = registryFromDefinitions(definitions).list();
    expect(list.map(({ definition }) => definition)).toEqual(Object.values(definitions));
    expect(list.map(({ definition: _, ...entry }) => entry)).toEqual([
      {
        id: "two",
        description: "runs `cat`",
        source: "workflow file",
        program: "cat",
        isInstalled: true,
        isSimulated: false,
      },
      {
        id: "one",
        description: "runs `no-such-program-here`",
        source: "workflow file",
        program: "no-such-program-here",
        isInstalled: false,
        isSimulated: false,
      },
      {
        id: "try",
        description: "simulated: answers without any program",
        source: "workflow file",
        isInstalled: true,
        isSimulated: true,
      },
    ]);
  });
});

describe("the agents of an earlier phase", () => {
  const earlierRegistry = {
    getAgent: (id: string) =>
      id === "nobody"
        ? undefined
        : { processTask: async (task: string) => ({ by: id, done: task }) },
  };

  test("perform steps through a three-line adapter", async () => {
    const agents = new AgentRegistry();
    agents.register("backend", agentFromRegistry(earlierRegistry, "backend"));
    agents.fallback = agentFromRegistry(earlierRegistry);

    const answers = ["backend", "frontend"].map((agentId) =>
      registered(agents, agentId).execute(testRequest({ agentId, task: "build" }).request),
    );
    expect(await Promise.all(answers)).toEqual([
      { by: "backend", done: "build" },
      { by: "frontend", done: "build" },
    ]);
  });

  test("are missed by name", async () => {
    const agents = new AgentRegistry().register("nobody", agentFromRegistry(earlierRegistry));
    await expect(
      agents.get("nobody")?.execute(testRequest({ agentId: "nobody" }).request),
    ).rejects.toThrow("the registry has no agent `nobody`");
  });
});
