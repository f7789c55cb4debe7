import type { AgentDefinition } from "@automatosx/schemas";
import type { AgentPort } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { agentFromRegistry } from "../src/function/agent-from-registry.js";
import { AgentRegistry, registryFromDefinitions } from "../src/registry/AgentRegistry.js";
import { simulatedAgent } from "../src/simulated/simulated-agent.js";
import { testRequest } from "../src/testing/index.js";

function registered(agents: AgentRegistry, id: string): AgentPort {
  const agent = agents.get(id);
  if (agent === undefined) throw new Error(`no agent ${id}`);
  return agent;
}

describe("AgentRegistry", () => {
  test("wraps a function as a port and returns it by its id", async () => {
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

  test("turns an exception of a function into a rejection", async () => {
    const registry = new AgentRegistry().register("bad", () => {
      throw new Error("no");
    });
    await expect(registry.get("bad")?.execute(testRequest().request)).rejects.toThrow("no");
  });

  test("uses the fallback for an unregistered id, lists it as *, and can remove it", () => {
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

  test("refuses an id that is already registered, unless `replace` is set", () => {
    const registry = new AgentRegistry().register("a", () => 1, { source: "agents.yaml" });
    expect(() => registry.register("a", () => 2)).toThrow(
      expect.objectContaining({
        code: "invalid_argument",
        message: "An agent `a` is already registered (from agents.yaml).",
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

  test("lists the agents of a workflow file in file order", () => {
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
        description: "cat",
        source: "workflow file",
        program: "cat",
        isInstalled: true,
        isSimulated: false,
      },
      {
        id: "one",
        description: "no-such-program-here",
        source: "workflow file",
        program: "no-such-program-here",
        isInstalled: false,
        problem: {
          key: "command",
          message: "the program `no-such-program-here` is not on PATH",
          remedy: "install `no-such-program-here`, or correct `command`",
          mayAppear: false,
        },
        isSimulated: false,
      },
      {
        id: "try",
        description: "preset simulated",
        preset: "simulated",
        source: "workflow file",
        isInstalled: true,
        isSimulated: true,
      },
    ]);
  });
});

describe("agentFromRegistry", () => {
  const earlierRegistry = {
    getAgent: (id: string) =>
      id === "unknown"
        ? undefined
        : { processTask: async (task: string) => ({ by: id, done: task }) },
  };

  test("lets agents written for an earlier API perform steps", async () => {
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

  test("rejects with the id of an agent that the registry does not have", async () => {
    const agents = new AgentRegistry().register("unknown", agentFromRegistry(earlierRegistry));
    await expect(
      agents.get("unknown")?.execute(testRequest({ agentId: "unknown" }).request),
    ).rejects.toThrow("the registry has no agent `unknown`");
  });
});
