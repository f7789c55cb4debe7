import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { WorkflowError } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import {
  AGENTS_FILE_LIMIT_BYTES,
  loadAgentsFile,
  parseAgentsFile,
} from "../src/agents-file/agents-file.js";
import { testRequest } from "../src/testing/index.js";
import { failureOf } from "./support/failure.js";
import { temporaryFolder } from "./support/processes.js";

/** The mistakes of a file, each as `line:column code message; remedy`. */
function mistakesOf(text: string): string[] {
  try {
    parseAgentsFile(text, "agents.yaml");
  } catch (error) {
    if (!(error instanceof WorkflowError)) throw error;
    return error.issues.map(
      ({ line, column, code, message, remedy }) =>
        `${line}:${column} ${code} ${message}; ${remedy}`,
    );
  }
  throw new Error("expected a refusal");
}

describe("an agents file", () => {
  test("gives agents by id, with what they do and where they come from", () => {
    const text =
      "x-mine: 1\nagents:\n  reviewer: { command: [my-reviewer, --strict], grace: 1s, x-note: hi }\n  writer: { preset: claude }\n  '*': { preset: simulated }\n";
    const registry = parseAgentsFile(text, "agents.yaml");
    const entries = registry
      .list()
      .map(({ id, description, source }) => ({ id, description, source }));
    expect([entries, registry.get("anyone")?.description]).toEqual([
      [
        { id: "reviewer", description: "my-reviewer --strict", source: "agents.yaml" },
        {
          id: "writer",
          description: "preset claude",
          source: "agents.yaml",
        },
        { id: "*", description: "preset simulated", source: "agents.yaml" },
      ],
      "simulated: runs no program",
    ]);
  });

  test("places a relative program and folder beside itself, and looks up a bare name on PATH", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "work"));
    await writeFile(join(folder, "where.sh"), "#!/bin/sh\npwd\n", { mode: 0o755 });
    const path = join(folder, "agents.yaml");
    await writeFile(
      path,
      "agents:\n  own: { command: [./where.sh], cwd: work }\n  bare: { command: [cat], input: json, output: json }\n",
    );
    const registry = await loadAgentsFile(path);
    const ask = (id: string) =>
      Promise.resolve(registry.get(id)?.execute(testRequest({ task: "read me" }).request));
    const answers = await Promise.all(["own", "bare"].map(ask));
    expect(answers).toEqual([
      expect.stringMatching(/\/work$/),
      expect.objectContaining({ task: "read me" }),
    ]);
  });

  test("that is missing or too large is refused with a remedy", async () => {
    const folder = await temporaryFolder();
    const large = join(folder, "large.yaml");
    await writeFile(large, `#${"x".repeat(AGENTS_FILE_LIMIT_BYTES)}`);
    const errors = await Promise.all(
      [
        loadAgentsFile(join(folder, "none.yaml")),
        loadAgentsFile(large),
        loadAgentsFile(folder),
      ].map(failureOf),
    );
    expect(errors).toEqual([
      expect.objectContaining({
        code: "invalid_argument",
        message: `There is no agents file ${join(folder, "none.yaml")}.`,
      }),
      expect.objectContaining({
        code: "invalid_argument",
        message: `The agents file ${large} is larger than 100000 bytes.`,
      }),
      expect.objectContaining({
        code: "invalid_argument",
        message: expect.stringContaining("cannot be read"),
      }),
    ]);
  });

  test("with mistakes tells each at its place, with the remedy", () => {
    const text = `agents:
  reviewer: { command: [node, x.js], inptu: json }
  b: { command: node x.js }
  c: { preset: cluade }
  d: { comand: [x] }
  e: {}
  f: { command: [x], preset: claude }
  g: { command: [a, 3], env: { N: 2, "A-B": x }, grace: 5 minutes, okExitCodes: [] }
  "9bad": { preset: claude }
  constructor: { preset: claude }
  h: { preset: codex, output: json }
`;
    const kinds =
      "write `command: [program, argument]` or `preset:` with one of claude, codex, gemini, simulated";
    expect(mistakesOf(text)).toEqual([
      "2:38 AXW1101 the key `inptu` is unknown; did you mean `input`?",
      "3:17 AXW1103 `command` cannot be used: expected a list, received text; write it as a list: [node, x.js]",
      '4:16 AXW1104 `preset` cannot be used: expected one of "claude"|"codex"|"gemini"|"simulated"; did you mean `claude`?',
      "5:8 AXW1101 the key `comand` is unknown; did you mean `command`?",
      `6:3 AXW1113 the agent \`e\` says neither \`command\` nor \`preset\`; ${kinds}`,
      `7:3 AXW1113 the agent \`f\` has both \`command\` and \`preset\`; ${kinds}`,
      '8:21 AXW1103 `command[1]` cannot be used: expected text, received number; quote it: "3"',
      '8:35 AXW1103 `env.N` cannot be used: expected text, received number; quote it: "2"',
      "8:38 AXW1105 the name `A-B` cannot be used; write the name of an environment variable",
      "8:57 AXW1106 `grace` cannot be used: expected a duration such as 500ms, 30s, 20m, 1h30m or 1d, or a number of milliseconds; write a number with a unit: `500ms`, `30s`, `20m`, `2h`, `1d`, `1h30m`",
      "8:81 AXW1107 `okExitCodes` cannot be used: it is empty; write a list of numbers from 0 to 255, for example [0, 1]",
      "9:3 AXW1105 the agent id `9bad` cannot be used; write a letter, then up to 127 letters, digits, _ or -",
      "10:3 AXW1105 the agent id `constructor` cannot be used; choose another",
      "11:23 AXW1101 the key `output` is unknown; take it out; known here: preset, args, cwd, env, timeout, grace",
    ]);
  });

  const shape = "write `agents:` with the agents below it, by id";
  test.each([
    ["nothing", "", `1:1 AXW1103 the file cannot be used: expected a map, received null; ${shape}`],
    [
      "a list",
      "[1]",
      `1:1 AXW1103 the file cannot be used: expected a map, received a list; ${shape}`,
    ],
    [
      "another key",
      "agnets:\n  a: { preset: claude }\n",
      "1:1 AXW1101 the key `agnets` is unknown; did you mean `agents`?",
    ],
    [
      "no agents",
      "agents:\n",
      `1:8 AXW1103 \`agents\` cannot be used: expected a map, received null; ${shape}`,
    ],
    [
      "broken YAML",
      "a: b: c",
      "1:4 AXW1001 Nested mappings are not allowed in compact mappings; correct the YAML at this place",
    ],
    [
      "an id twice",
      "agents:\n  a: { preset: claude }\n  a: { preset: codex }\n",
      "3:3 AXW1001 Map keys must be unique; correct the YAML at this place",
    ],
    [
      "an alias to nothing",
      "agents: *none\n",
      "1:1 AXW1001 Unresolved alias (the anchor must be set before the alias): none; correct the YAML at this place",
    ],
    [
      "a template as an agent",
      "agents:\n  a: {{ x }}\n",
      "2:7 AXW1001 With stringKeys, all keys must be strings; correct the YAML at this place",
    ],
    [
      "a batch file",
      "agents:\n  a: { command: [x.bat] }\n",
      "2:3 AXW1115 the agent `a` cannot work: `x.bat` is a batch file, which only a shell can run; name the program that it starts, such as [node, path/to/cli.js]",
    ],
  ])("with %s is refused at its place", (_, text, mistake) => {
    expect(mistakesOf(text)).toEqual([mistake]);
  });

  test("names the first mistake in the error's message, and shows it in its line", () => {
    expect(() =>
      parseAgentsFile("agents:\n  a: { preset: cladue }\n  b: 1\n", "team/agents.yaml"),
    ).toThrow(
      expect.objectContaining({
        code: "invalid_definition",
        message:
          'team/agents.yaml:2:16 `preset` cannot be used: expected one of "claude"|"codex"|"gemini"|"simulated"; did you mean `claude`? (and 1 more)',
        issues: expect.arrayContaining([
          expect.objectContaining({ excerpt: "2 |   a: { preset: cladue }\n  |                ^" }),
        ]),
      }),
    );
  });
});
