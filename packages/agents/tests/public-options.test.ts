import { describe, expect, test } from "vitest";
import {
  AgentRegistry,
  agentFromRegistry,
  presets,
  processAgent,
  registryFromDefinitions,
  simulatedAgent,
} from "../src/index.js";

const refused = (name: string) =>
  expect.objectContaining({
    code: "invalid_argument",
    message: expect.stringContaining(name),
    remedy: expect.any(String),
  });

describe("processAgent", () => {
  test.each([
    ["command", ["", null, "cat", [1], [null], {}]],
    ["cwd", [null, "", 5, new URL("file:///x")]],
    ["env", [null, [], new Map(), { A: 5 }, { A: true }]],
    ["input", [null, "", "stdin", true]],
    ["output", [null, "", "yaml", true]],
    ["timeoutMs", [null, -1, Number.NaN, "5s", Number.POSITIVE_INFINITY]],
    ["graceMs", [null, -1, Number.NaN, "5s"]],
    ["maxOutputBytes", [null, -1, Number.NaN, "5"]],
    ["okExitCodes", [null, [], 0, ["0"], [-1], [1.5]]],
    ["description", [null, "", 5]],
    ["installHint", [null, "", 5]],
  ])("refuses a wrong %s by name", (option, values) => {
    for (const value of values)
      expect(() =>
        processAgent({ command: ["cat"], ...Object.fromEntries([[option, value]]) }),
      ).toThrow(refused(option));
  });

  test("refuses an option that it does not have, with the one that was meant", () => {
    expect(() =>
      processAgent({ command: ["cat"], ...Object.fromEntries([["timoutMs", 5]]) }),
    ).toThrow(
      expect.objectContaining({
        code: "invalid_argument",
        message: "`processAgent` has no option `timoutMs`.",
        remedy: "Write `timeoutMs`.",
      }),
    );
    expect(() => processAgent({} as never)).toThrow(refused("command"));
    expect(() => processAgent(null as never)).toThrow(refused("processAgent"));
  });
});

describe("the other makers of agents", () => {
  test("refuse wrong options by name", () => {
    expect(() => simulatedAgent({ delayMs: -1 })).toThrow(refused("delayMs"));
    expect(() => simulatedAgent({ delay: 1 } as never)).toThrow(refused("delay"));
    expect(() => presets.claude.agent({ args: "--x" } as never)).toThrow(refused("args"));
    expect(() => presets.codex.agent({ model: "x" } as never)).toThrow(refused("model"));
    expect(() => presets.simulated.agent({ timeoutMs: "5s" } as never)).toThrow(
      refused("timeoutMs"),
    );
    expect(() => agentFromRegistry(null as never)).toThrow(refused("registry"));
    expect(() => agentFromRegistry({ getAgent: () => undefined }, "")).toThrow(refused("agent id"));
    expect(() => registryFromDefinitions({}, { folder: "x" } as never)).toThrow(refused("folder"));
  });
});

describe("AgentRegistry.register", () => {
  test("refuses a wrong id, agent or option, and registers nothing", () => {
    const registry = new AgentRegistry();
    for (const id of [undefined, null, 5, "", "a\u200b", "a\u202eb"])
      expect(() => registry.register(id as never, () => 1)).toThrow(refused("agent id"));
    for (const agent of [undefined, null, 5, "cat", {}, { execute: 5 }])
      expect(() => registry.register("a", agent as never)).toThrow(refused("The agent `a`"));
    for (const replace of [null, 1, "yes"])
      expect(() => registry.register("a", () => 1, { replace } as never)).toThrow(
        refused("replace"),
      );
    expect(() => registry.register("a", () => 1, { replce: true } as never)).toThrow(
      refused("replce"),
    );
    expect([...registry]).toEqual([]);
  });
});
