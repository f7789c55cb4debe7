import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { checkAgentsFile, parseAgentsFile } from "../src/agents-file/agents-file.js";

const issuesOf = (notify: string): string[] =>
  checkAgentsFile(`agents: {}\nnotify:\n  - ${notify}\n`, "agents.yaml").issues.map(
    ({ line, column, message, remedy }) => `${line}:${column} ${message}; ${remedy}`,
  );

const FILE = `
agents: {}
notify:
  - on: [run_ended, budget_80]
    url: {env: HOOK_URL}
    secret: {env: HOOK_SECRET}
    headers: {authorization: {env: HOOK_TOKEN}, x-team: core}
    timeout: 5s
  - {on: [gate_opened], command: [node, tell.mjs], cwd: hooks, env: {COLOUR: red, HOME: null}}
`;

describe("notify in an agents file", () => {
  test("declares receivers, whose secrets are in the environment", () => {
    const registry = parseAgentsFile(FILE, "place/agents.yaml");
    const env = { HOOK_URL: "https://x.example/1", HOOK_SECRET: "s", HOOK_TOKEN: "t" };
    expect(registry.receivers({ env })).toEqual([
      {
        on: ["run_ended", "budget_80"],
        url: "https://x.example/1",
        secret: "s",
        headers: { authorization: "t", "x-team": "core" },
        timeoutMs: 5000,
      },
      {
        on: ["gate_opened"],
        command: ["node", "tell.mjs"],
        cwd: resolve("place", "hooks"),
        env: { COLOUR: "red", HOME: null },
      },
    ]);
  });

  test("is refused, with the place and the variable, if a variable is not set", () => {
    const registry = parseAgentsFile(FILE, "place/agents.yaml");
    expect(() => registry.receivers({ env: { HOOK_URL: "https://x.example/1" } })).toThrow(
      "`notify[0].secret` of place/agents.yaml needs the environment variable HOOK_SECRET, " +
        "which is not set.",
    );
  });

  test("is absent from most files", () => {
    expect(parseAgentsFile("agents: {}", "agents.yaml").receivers()).toEqual([]);
  });

  test.each([
    [
      "{on: run_ended, url: http://x}",
      "3:10 expected a list, found `run_ended`; write a list: `[run_ended]`",
    ],
    ["{on: [run_ended]}", "3:6 `url` is missing; add `url`"],
    [
      "{on: [run_ended], url: ftp://x}",
      "3:28 expected an `http` or `https` address; write a value of the expected form",
    ],
    ["{on: [run_ended], url: http://x, secrt: y}", "3:38 unknown key `secrt`; write `secret`"],
    [
      "{on: [run_ended], command: node x}",
      "3:32 expected a list, found `node x`; write a list: `[node, x]`",
    ],
    [
      "{on: [run_ended], url: http://x, timeout: 5 minutes}",
      "3:47 expected a duration such as 500ms, 30s, 20m, 1h30m or 1d, or a number of milliseconds, found `5 minutes`; write `5m`",
    ],
  ])("refuses %s with its place and the remedy", (notify, issue) => {
    expect(issuesOf(notify)).toEqual([issue]);
  });

  test.each(["run_end", "budget_0", "budget_101", "steps"])(
    "refuses the subscription %s",
    (name) => {
      const [issue = ""] = issuesOf(`{on: [${name}], url: http://x}`);
      expect(issue).toContain("3:11 expected `run_ended`, `run_failed`");
    },
  );
});
