import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  errorKind,
  findSynonym,
  formatIssues,
  IssueList,
  KEY_ISSUES,
  readYaml,
  type SchemaGuide,
  SchemaIssues,
  SourceText,
  SourceTree,
  Suggester,
  valueOf,
  warningKind,
} from "../src/index.js";

const UNCLEAR = errorKind("AXW9001", "The kind is unclear", "give it `oven` or `pan`");
const NO_RECIPE = errorKind("AXW9002", "The text is not a recipe", "write a map");
const TOO_LONG = errorKind("AXW9003", "The recipe is too long", "split the recipe");
const RULE = errorKind("AXW9004", "Two keys contradict each other", "keep one of the two");

/** A document that is no workflow: this package knows none of its own. */
const Recipe = z
  .strictObject({
    title: z.string().min(1),
    serves: z.int().min(1).max(12).exactOptional(),
    level: z.enum(["easy", "hard"]).exactOptional(),
    steps: z.array(z.string()).max(3),
    command: z.array(z.string()).exactOptional(),
    heat: z
      .union([z.strictObject({ oven: z.string() }), z.strictObject({ pan: z.string() })])
      .exactOptional(),
    cook: z.union([z.enum(["cook", "baker"]), z.int()]).exactOptional(),
    parts: z.record(z.string().regex(/^[a-z]+$/, "is not a word"), z.number()).exactOptional(),
  })
  .superRefine((recipe, context) => {
    if (recipe.level === "easy" && recipe.serves === 12)
      context.addIssue({
        code: "custom",
        path: ["level"],
        message: "cannot be easy for twelve",
        params: { rule: "easy_for_many" },
      });
  });

const GUIDE: SchemaGuide = {
  schema: Recipe,
  root: { kind: NO_RECIPE, noun: "a recipe" },
  unclear: UNCLEAR,
  synonymOf: (key, _path, known) => findSynonym(key, { name: "title" }, known),
  remedyFor: (key) => (key === "wine" ? "remove it: a recipe has no wine" : undefined),
  isCommandLine: (path) => path.at(-1) === "command",
  tooLong: (path, limit) =>
    path[0] === "steps" ? { kind: TOO_LONG, message: `a recipe has ${limit} steps` } : undefined,
  rules: {
    easy_for_many: ({ path, message, scalarAt, describe: inWords }) => ({
      kind: RULE,
      message: `${inWords(path)} ${message}, not ${String(scalarAt(["serves"]))}`,
      isAtKey: true,
    }),
  },
};

function issuesOf(text: string) {
  const issues = new IssueList(new SourceText(text));
  const root = readYaml(issues);
  if (root === undefined) throw new Error("The text is not YAML.");
  const checked = Recipe.safeParse(valueOf(root));
  const tree = new SourceTree(() => root);
  new SchemaIssues(GUIDE, issues, tree, new Suggester()).addAll(checked.error?.issues ?? []);
  return issues.all;
}

const VALID = "title: Soup\nsteps: [stir]\n";
const [UNKNOWN, MISSING] = [KEY_ISSUES.unknownKey.code, KEY_ISSUES.missingKey.code];

describe("SchemaIssues", () => {
  test.each([
    ["a valid document", "", []],
    ["a misspelt key", "servs: 2\n", [`3:1 ${UNKNOWN} unknown key \`servs\` → write \`serves\``]],
    [
      "a key that means something else",
      "wine: red\n",
      [`3:1 ${UNKNOWN} unknown key \`wine\` → remove it: a recipe has no wine`],
    ],
    [
      "a value of another type",
      "serves: many\n",
      [
        `3:9 ${KEY_ISSUES.wrongType.code} expected a number, found \`many\` → ` +
          "write a value of the expected type",
      ],
    ],
    [
      "a value out of range",
      "serves: 40\n",
      [`3:9 ${KEY_ISSUES.outOfRange.code} expected at most 12 → ${KEY_ISSUES.outOfRange.remedy}`],
    ],
    [
      "a value that is close to an allowed one",
      "level: esay\n",
      [
        `3:8 ${KEY_ISSUES.unknownValue.code} expected \`easy\` or \`hard\`, found ` +
          "`esay` → write `easy`",
      ],
    ],
    [
      "a string where a command line is expected",
      "command: stir the soup\n",
      [
        `3:10 ${KEY_ISSUES.wrongType.code} expected a list, found \`stir the soup\` → ` +
          "write a list: `[stir, the, soup]`",
      ],
    ],
    ["a map of no kind", "heat: {}\n", ["3:7 AXW9001 Invalid input → give it `oven` or `pan`"]],
    ["no map", "heat: high\n", ["3:7 AXW9001 Invalid input → give it `oven` or `pan`"]],
    [
      "a misspelt key of one kind",
      "heat: { ovn: hot }\n",
      [`3:9 ${UNKNOWN} unknown key \`ovn\` → write \`oven\``],
    ],
    [
      "keys of two kinds",
      "heat: { oven: hot, pan: hot }\n",
      [
        `3:20 ${UNKNOWN} unknown key \`pan\` → remove it: it cannot be combined with the other ` +
          "keys of this map",
      ],
    ],
    [
      "a rule that involves two keys",
      "level: easy\nserves: 12\n",
      ["3:1 AXW9004 `easy` cannot be easy for twelve, not 12 → keep one of the two"],
    ],
  ])("reports %s at its place with a remedy", (_, lines, expected) => {
    expect(shown(VALID + lines)).toEqual(expected);
  });

  test("does not report as missing a key that is written under another name", () => {
    expect([shown("name: Soup\nsteps: []\n"), shown("steps: []\n")]).toEqual([
      [`1:1 ${UNKNOWN} unknown key \`name\` → write \`title\``],
      [`1:1 ${MISSING} \`title\` is missing → add \`title\``],
    ]);
  });

  test("reports a list that is too long with the issue of its guide", () => {
    expect(shown("title: Soup\nsteps: [a, b, c, d]\n")).toEqual([
      "2:1 AXW9003 a recipe has at most 3 steps → split the recipe",
    ]);
  });

  test("reports a document that is no map once", () => {
    expect(shown("- soup\n")).toEqual([
      "1:1 AXW9002 expected a recipe, found a list → write a map",
    ]);
  });

  test("reports an empty text, a bad key of a map, and no alternative of a union", () => {
    expect(
      shown("title: ''\nsteps: []\nparts: { Two Eggs: 2 }\ncook: chef\n").map((line) =>
        line.slice(0, line.indexOf(" →")),
      ),
    ).toEqual([
      `1:8 ${KEY_ISSUES.outOfRange.code} \`title\` is empty`,
      `3:10 ${KEY_ISSUES.badIdentifier.code} \`Two Eggs\`: is not a word`,
      `4:7 ${KEY_ISSUES.unknownValue.code} expected \`cook\` or \`baker\`, found \`chef\``,
    ]);
  });
});

describe("formatIssues", () => {
  test("counts the issues, prints errors before warnings, and stops after twenty", () => {
    const issues = new IssueList(new SourceText("one: 1\n"));
    issues.add(warningKind("AXW9005", "Odd", "leave it"), ["one"], [0, 3], "this is odd");
    for (let n = 0; n < 21; n += 1) issues.add(RULE, ["one"], [5, 6], `this is wrong ${n}`);
    const lines = formatIssues(issues.all, "one.yaml").split("\n");
    expect([lines.slice(0, 5), lines.filter((line) => /odd/.test(line)), lines.at(-1)]).toEqual([
      [
        "one.yaml: 21 problems, 1 warning",
        "one.yaml:1:6 AXW9004: this is wrong 0",
        "  1 | one: 1",
        "    |      ^",
        "  keep one of the two",
      ],
      [],
      "… and 2 more",
    ]);
  });
});

function shown(text: string): string[] {
  return issuesOf(text).map(
    ({ line, column, code, message, remedy }) => `${line}:${column} ${code} ${message} → ${remedy}`,
  );
}
