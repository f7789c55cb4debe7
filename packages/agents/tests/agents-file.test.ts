import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { WorkflowError } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import {
  AGENTS_FILE_LIMIT_BYTES,
  checkAgentsFile,
  loadAgentsFile,
  parseAgentsFile,
} from "../src/agents-file/agents-file.js";
import { testRequest } from "../src/testing/index.js";
import { failureOf } from "./support/failure.js";
import { temporaryFolder } from "./support/processes.js";

/** The issues of a file, each as `line:column code message; remedy`. */
function issuesOf(text: string): string[] {
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

const UNCLEAR =
  "AXW1113 expected `command` (a program and its arguments) or `preset` (claude, codex, " +
  "gemini or simulated); add `command` (a program and its arguments) or `preset`";

describe("an agents file", () => {
  test("defines agents by id, each with its description and source", () => {
    const text =
      "x-mine: 1\nagents:\n  reviewer: { command: [my-reviewer, --strict], grace: 1s, x-note: " +
      "hi }\n  writer: { preset: claude }\n  '*': { preset: simulated }\n";
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

  test("has relative programs and folders resolved against its own folder, and bare names found on PATH", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "work"));
    await writeFile(join(folder, "where.sh"), "#!/bin/sh\npwd\n", { mode: 0o755 });
    const path = join(folder, "agents.yaml");
    await writeFile(
      path,
      "agents:\n  own: { command: [./where.sh], cwd: work }\n  bare: { command: [cat], input: " +
        "json, output: json }\n",
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

  test("that is missing, too large, a folder or not UTF-8 is refused with a remedy", async () => {
    const folder = await temporaryFolder();
    const large = join(folder, "large.yaml");
    await writeFile(large, `#${"x".repeat(AGENTS_FILE_LIMIT_BYTES)}`);
    const latin = join(folder, "latin.yaml");
    await writeFile(latin, Buffer.from("agents: { \u00e9: 1 }", "latin1"));
    const errors = await Promise.all(
      [
        loadAgentsFile(join(folder, "none.yaml")),
        loadAgentsFile(large),
        loadAgentsFile(folder),
        loadAgentsFile(latin),
      ].map(failureOf),
    );
    expect(errors).toEqual([
      expect.objectContaining({
        code: "invalid_argument",
        message: `The agents file ${join(folder, "none.yaml")} does not exist.`,
      }),
      expect.objectContaining({
        code: "invalid_argument",
        message: `The agents file ${large} is larger than 1048576 bytes.`,
      }),
      expect.objectContaining({
        code: "invalid_argument",
        message: `The agents file ${folder} is a folder.`,
      }),
      expect.objectContaining({
        code: "invalid_argument",
        message: `The agents file ${latin} is not UTF-8 (line 1).`,
        remedy: "Save the file as UTF-8.",
      }),
    ]);
  });

  test.each([
    ["a tag of another language", "agents: { a: { command: [!!js/function x] } }", "AXW1009"],
    ["a tag in an extension", "x-y: !!python/object x\nagents: { a: { command: [x] } }", "AXW1009"],
    ["another version of YAML", "%YAML 1.1\n---\nagents: { a: { command: [x] } }", "AXW1008"],
    ["NUL", "agents: { a: { command: [x\0y] } }", "AXW1010"],
    ["an escaped NUL", 'agents: { a: { command: ["x\\0y"] } }', "AXW1010"],
    ["a key that appears twice", "agents: { a: { command: [x] }, a: { command: [y] } }", "AXW1011"],
    ["a merge key", "agents: { a: &a { command: [x] }, b: { <<: *a } }", "AXW1101"],
    ["an alias without an anchor", "agents: { a: *b }", "AXW1006"],
    ["a second document", "agents: { a: { command: [x] } }\n---\nagents: {}", "AXW1007"],
    ["a number that would change", "agents: { a: { command: [x], timeout: 1e400 } }", "AXW1015"],
    ["an invisible character in an id", 'agents: { "a\u200b": { command: [x] } }', "AXW1105"],
    ["a key that every object inherits", "agents: { __proto__: { command: [x] } }", "AXW1012"],
    ["too much text", `agents: {} # ${"x".repeat(AGENTS_FILE_LIMIT_BYTES)}`, "AXW1003"],
    ["too many levels", `agents: { a: ${"[".repeat(70)}${"]".repeat(70)} }`, "AXW1004"],
  ])("refuses %s, as a workflow file does", (_, text, code) => {
    expect(issuesOf(text).map((issue) => issue.split(" ")[1])).toContain(code);
  });

  test("reports every issue in the order of the file, each with a remedy", () => {
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
  i: 1
  j: { argv: [x] }
`;
    expect(issuesOf(text)).toEqual([
      "2:38 AXW1101 unknown key `inptu`; write `input`",
      "3:17 AXW1103 expected a list, found `node x.js`; write a list: `[node, x.js]`",
      "4:16 AXW1104 expected `claude` or `codex` or `gemini` or `simulated`, found `cluade`; " +
        "write `claude`",
      "5:8 AXW1101 unknown key `comand`; write `command`",
      `6:6 ${UNCLEAR}`,
      "7:22 AXW1101 unknown key `preset`; remove it: it cannot be combined with the other " +
        "keys of this map",
      '8:21 AXW1103 expected text, found the number `3`; quote it: `"3"`',
      '8:35 AXW1103 expected text, found the number `2`; quote it: `"2"`',
      "8:38 AXW1105 `A-B`: expected the name of an environment variable; use letters, digits " +
        "and `_`, and do not begin with a digit",
      "8:57 AXW1106 expected a duration such as 500ms, 30s, 20m, 1h30m or 1d, or a number of " +
        "milliseconds, found `5 minutes`; write `5m`",
      "8:81 AXW1107 `okExitCodes` is empty; write at least one entry or character",
      "9:3 AXW1105 `9bad`: expected a letter, then up to 127 letters, digits, _ or -; begin " +
        "with a letter and use letters, digits, `_` and `-` only, at most 128",
      "10:3 AXW1105 `constructor`: is the name of a property that every JavaScript object " +
        "inherits; " +
        "choose another name",
      "11:23 AXW1101 unknown key `output`; remove it: it cannot be combined with the other " +
        "keys of this map",
      `12:6 ${UNCLEAR}`,
      "13:8 AXW1101 unknown key `argv`; write `command`",
    ]);
  });

  const shape = "expected a map with `agents`";
  const remedy = "write `agents:` with the agents below it, keyed by id";
  const one = (agent: string): string => `agents:\n  a: ${agent}\n`;
  test.each([
    ["nothing", "", `1:1 AXW1103 ${shape}, found nothing; ${remedy}`],
    ["a list", "[1]", `1:1 AXW1103 ${shape}, found a list; ${remedy}`],
    [
      "a misspelt `agents`",
      "agnets:\n  a: { preset: claude }\n",
      "1:1 AXW1101 unknown key `agnets`; write `agents`",
    ],
    [
      "no agents",
      "agents:\n",
      "1:1 AXW1103 expected a map, found nothing; set a value, or remove the key",
    ],
    [
      "a variable without a value",
      one('{ command: [a], env: { A: null, B: "", C: } }'),
      '2:45 AXW1103 expected text, found nothing; write `""` for an empty text, or `null` to remove the variable',
    ],
    ["broken YAML", "a: b: c", "1:5 AXW1001 text that contains `: ` is not quoted; quote the text"],
    [
      "an id twice",
      "agents:\n  a: { preset: claude }\n  a: { preset: codex }\n",
      "3:3 AXW1011 the key `a` appears twice; keep one of the two",
    ],
    [
      "an alias without an anchor",
      "agents: *none\n",
      "1:9 AXW1006 the alias `*none` is not preceded by its anchor; add an anchor (`&name`) " +
        "to a value before the alias (`*name`), or quote the text",
    ],
    [
      "a template as an agent",
      one("{{ x }}"),
      '2:6 AXW1014 `{{ x }}` without quotes is a map in YAML, not text; quote the text; for a reference write `"${{ x }}"`',
    ],
    [
      "a batch file",
      one("{ command: [x.bat] }"),
      "2:3 AXW1115 the agent `a` cannot work: `x.bat` is a batch file, which only a shell can " +
        "run; run the program that the batch file starts, such as [node, path/to/cli.js]",
    ],
  ])("with %s has one issue, at its place", (_, text, issue) => {
    expect(issuesOf(text)).toEqual([issue]);
  });

  test.each([
    ["a JavaScript function", one("!!js/function 'function () {}'"), "AXW1009"],
    ["YAML 1.1", `%YAML 1.1\n---\n${one("{ preset: claude }")}`, "AXW1008"],
    ["a second document", `${one("{ preset: claude }")}---\nagents: {}\n`, "AXW1007"],
    ["a NUL", one("{ preset: cla\u0000ude }"), "AXW1010"],
    ["a NUL by an escape", one('{ command: ["a\\0b"] }'), "AXW1010"],
    ["the key `__proto__`", "agents: { __proto__: { preset: claude } }\n", "AXW1012"],
    [
      "65 levels",
      `x-a: ${"[".repeat(64)}${"]".repeat(64)}\n${one("{ preset: claude }")}`,
      "AXW1004",
    ],
    [
      "aliases that multiply",
      `x-0: &a0 [lol, lol]\n${Array.from({ length: 20 }, (_, level) => `x-${level + 1}: &a${level + 1} [${`*a${level}, `.repeat(5)}]\n`).join("")}${one("{ preset: claude }")}`,
      "AXW1005",
    ],
  ])("is read as strictly as a workflow file: %s is refused", (_, text, code) => {
    expect(issuesOf(text).map((issue) => issue.split(" ")[1])).toContain(code);
  });

  test("produces an error that reports the first issue and shows its line", () => {
    expect(() =>
      parseAgentsFile("agents:\n  a: { preset: cladue }\n  b: 1\n", "team/agents.yaml"),
    ).toThrow(
      expect.objectContaining({
        code: "invalid_definition",
        message:
          "team/agents.yaml:2:16 expected `claude` or `codex` or `gemini` or `simulated`, " +
          "found `cladue`; write `claude` (and 1 more)",
        issues: expect.arrayContaining([
          expect.objectContaining({
            excerpt: "2 |   a: { preset: cladue }\n  |                ^^^^^^",
          }),
        ]),
      }),
    );
  });

  test.each([
    ["agents", (map: string) => `agents: { ${map} }`],
    ["variables", (map: string) => `agents: { a: { command: [b], env: { ${map} } } }`],
  ])("has at most 10,000 %s", (_, file) => {
    const map = Array.from({ length: 10_001 }, (__, index) => `x${index}: 1`).join(", ");
    expect(issuesOf(file(map))).toEqual([
      expect.stringContaining("10001 entries, at most 10000 are allowed"),
    ]);
  });
});

describe("checkAgentsFile", () => {
  test("returns the agents with warnings of what probably means something else", () => {
    const text = `agents:
  w:
    command:
      - sh
      - see #1
    timeout: 300
    env: { TITLE: "\${{ github.title }}" }
`;
    const { registry, issues } = checkAgentsFile(text, "agents.yaml");
    expect([
      [...(registry ?? [])].map(([id]) => id),
      issues.map(({ line, column, severity, code }) => [line, column, severity, code]),
    ]).toEqual([
      ["w"],
      [
        [5, 13, "warning", "AXW1303"],
        [6, 14, "warning", "AXW1021"],
        [7, 20, "warning", "AXW1618"],
      ],
    ]);
  });

  test("refuses a reference of a workflow, which the program would receive as text", () => {
    expect(issuesOf('agents: { w: { preset: claude, args: ["${{ inputs.x }}"] } }')).toEqual([
      expect.stringMatching(
        /^1:40 AXW1618 `\$\{\{ inputs\.x \}\}` is passed to the program unchanged; let the program/,
      ),
    ]);
  });
});
