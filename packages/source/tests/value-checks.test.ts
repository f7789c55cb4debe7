import { describe, expect, test } from "vitest";
import {
  addBlankVariables,
  addMisplacedReferences,
  agentMapPaths,
  IssueList,
  readYaml,
  refuseLargeMaps,
  SourceText,
  SourceTree,
  valueOf,
  warnOfCutText,
  warnOfDurations,
} from "../src/index.js";

interface Read {
  readonly issues: IssueList;
  readonly tree: SourceTree;
  readonly value: unknown;
  /** Each issue as `line:column severity message`. */
  readonly lines: () => readonly string[];
}

function read(text: string, check?: (read: Read) => unknown): Read {
  const issues = new IssueList(new SourceText(text));
  const root = readYaml(issues);
  if (!root) throw new Error("the text cannot be read");
  const tree = new SourceTree(() => root);
  const lines = (): readonly string[] =>
    issues.all.map(
      ({ line, column, severity, message }) => `${line}:${column} ${severity} ${message}`,
    );
  const found = { issues, tree, value: valueOf(root), lines };
  warnOfCutText(root, issues);
  check?.(found);
  return found;
}

describe("warnOfCutText", () => {
  test("warns of text after a `#` in keys whose values are texts", () => {
    const { issues, lines } = read(
      [
        "name: Fix issue #12",
        "limits: 3 #4",
        "steps:",
        "  - task: Close #7 # really",
        "  - task: go on # and on",
        "    name: a # b",
        "  - task: first",
        "      #second",
        "x-note: see #9",
        'context: { a: "kept #1", b: [one #2',
        "  ] }",
      ].join("\n"),
    );
    expect(lines()).toEqual([
      "1:17 warning the text ends before `#12`, which is a comment in YAML",
      "4:17 warning the text ends before `#7 # really`, which is a comment in YAML",
      "5:17 warning the text ends before `# and on`, which is a comment in YAML",
      "8:7 warning the text ends before `#second`, which is a comment in YAML",
      "10:34 warning the text ends before `#2`, which is a comment in YAML",
    ]);
    expect(issues.all[0]?.remedy).toBe(
      'quote the text: `"Fix issue #12"`; if it is a comment, write it in a line of its own',
    );
  });

  test("does not repeat a text that is long or has quotes", () => {
    const { issues } = read(`name: ${"long ".repeat(20)}#1`);
    expect(issues.all.map(({ remedy }) => remedy)).toEqual([
      "quote the whole text; if it is a comment, write it in a line of its own",
    ]);
  });
});

describe("warnOfDurations", () => {
  test("warns of durations without a unit that are shorter than a second", () => {
    const { issues, lines } = read(
      [
        "defaults: { timeout: 30, retry: { backoff: 5 } }",
        "agents: { a: { grace: 2, timeout: 5s } }",
        "steps:",
        "  - { timeout: 300, estimate: 1000 }",
        "  - { timeout: 0, retry: { maxBackoff: 999 } }",
      ].join("\n"),
      ({ value, tree, issues }) => warnOfDurations(value, tree, issues),
    );
    const because = "milliseconds, because the number has no unit";
    expect(lines()).toEqual([
      `1:22 warning \`timeout\` is 30 ${because}`,
      `1:44 warning \`backoff\` is 5 ${because}`,
      `2:23 warning \`grace\` is 2 ${because}`,
      `4:16 warning \`timeout\` is 300 ${because}`,
      `5:40 warning \`maxBackoff\` is 999 ${because}`,
    ]);
    expect(issues.all[3]?.remedy).toBe("write `300s` for seconds, `300m` for minutes, or `300ms`");
  });

  test("says in JSON that the value needs quotes", () => {
    const { issues } = read('{"steps": [{"timeout": 7}]}', ({ value, tree, issues }) =>
      warnOfDurations(value, tree, issues),
    );
    expect(issues.all[0]?.remedy).toBe('write `"7s"` for seconds, `"7m"` for minutes, or `"7ms"`');
  });
});

describe("addMisplacedReferences", () => {
  test("reports references that nothing replaces, and leaves tasks alone", () => {
    const { lines } = read(
      [
        "name: About ${{ inputs.topic }}",
        "context: { deep: [a, { b: 'x ${{ steps.a.output }} y' }] }",
        "agents:",
        "  a: { command: [run, '${{ inputs.topic }}'], env: { HOME: '${{ github.home }}' } }",
        "  b: text",
        "steps:",
        "  - { task: 'on ${{ inputs.topic }}', name: 'n ${{ context.n', checkpoint: '$${{ inputs.x }}' }",
      ].join("\n"),
      ({ value, tree, issues }) => addMisplacedReferences(value, { tree, issues }),
    );
    expect(lines()).toEqual([
      "1:13 warning `${{ inputs.topic }}` is not replaced here",
      "2:30 warning `${{ steps.a.output }}` is not replaced here",
      "4:24 error `${{ inputs.topic }}` is passed to the program unchanged",
      "4:61 warning `${{ github.home }}` is passed to the program unchanged",
      "7:48 warning `${{ context.n` is not replaced here",
    ]);
  });

  test("finds nothing in a text without references", () => {
    const { lines } = read("name: a", ({ value, tree, issues }) =>
      addMisplacedReferences(value, { tree, issues }),
    );
    expect(lines()).toEqual([]);
  });
});

describe("addBlankVariables", () => {
  test("reports variables without a value, but not null", () => {
    const { lines } = read(
      ["agents:", "  a:", "    env:", "      A:", "      B: null", '      C: ""', "  b: [1]"].join(
        "\n",
      ),
      ({ value, tree, issues }) =>
        addBlankVariables(issues, tree, (value as { agents: unknown }).agents),
    );
    expect(lines()).toEqual(["4:7 error expected text, found nothing"]);
  });
});

describe("refuseLargeMaps", () => {
  test("reports the first map or list with too many entries", () => {
    const { lines } = read(
      "agents: { a: { env: { A: x, B: y, C: z } }, b: {} }",
      ({ value, tree, issues }) =>
        expect([
          refuseLargeMaps({ value, tree, issues }, agentMapPaths(value)),
          refuseLargeMaps({ value, tree, issues }, [["agents", "c"]], 0),
          refuseLargeMaps({ value, tree, issues }, agentMapPaths(value), 2),
        ]).toEqual([false, false, true]),
    );
    expect(lines()).toEqual(["1:16 error 3 entries, at most 2 are allowed"]);
  });
});
