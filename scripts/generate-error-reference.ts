// Writes docs/reference/errors.md from the tables of issue and error codes. Run after a build.
import { ERROR_KINDS, ISSUE_KINDS, type IssueKind } from "../packages/workflow/dist/index.js";
import { type IssueExample, readIssueExamples } from "./reference/issue-examples.ts";
import { writePage } from "./reference/write-page.ts";

const GROUPS = [
  ["AXW10", "The text"],
  ["AXW11", "Keys and values"],
  ["AXW12", "The graph"],
  ["AXW13", "Expressions and templates"],
  ["AXW14", "Types of values"],
  ["AXW15", "Schemas"],
  ["AXW16", "Agents and steps"],
  ["AXW17", "Budgets and rates"],
  ["AXW18", "Backends"],
] as const;

const kinds: readonly IssueKind[] = Object.values(ISSUE_KINDS).sort((one, other) =>
  one.code.localeCompare(other.code),
);
const homeless = kinds.filter(({ code }) => !GROUPS.some(([prefix]) => code.startsWith(prefix)));
if (homeless.length > 0)
  throw new Error(
    `No group for ${homeless.map(({ code }) => code).join(", ")}: add one to GROUPS.`,
  );

const examples = new Map(readIssueExamples().map((example) => [example.code, example]));

const issues: string[] = [];
for (const [prefix, title] of GROUPS) {
  const entries = kinds.filter(({ code }) => code.startsWith(prefix));
  const texts = await Promise.all(entries.map(textOf));
  issues.push(`### ${title}\n\n${texts.join("\n\n")}`);
}

async function textOf({ code, severity, title, remedy }: IssueKind): Promise<string> {
  const warning = severity === "warning" ? "Warning: " : "";
  const example = examples.get(code);
  return [
    `#### ${code}`,
    `${warning}${title}. To do: ${remedy}.`,
    ...(example === undefined ? [] : await blocksOf(example)),
  ].join("\n\n");
}

/** The files of an example, and what is reported about them. */
async function blocksOf({ blocks, issues }: IssueExample): Promise<string[]> {
  const reported = (await issues()).map(
    ({ line, column, message, remedy }) => `${line}:${column}  ${message}\n     ${remedy ?? ""}\n`,
  );
  return [
    ...blocks.map(({ language, file, shown }, index) => {
      const beside = index === 0 || file === undefined ? "" : `\`${file}\`:\n\n`;
      return `${beside}\`\`\`${language}\n${shown}\`\`\``;
    }),
    `\`\`\`text\n${reported.join("")}\`\`\``,
  ];
}

const errors = Object.entries(ERROR_KINDS).map(
  ([code, { meaning, remedy }]) => `### \`${code}\`\n\n${meaning} ${remedy}`,
);

const intro = [
  "The engine throws `WorkflowError` only: a `code` from the list below, a message, a `remedy` " +
    "and a `suggestion`, which is the next action as data.",
  "A step's own failure is not an exception: it is part of the run's ending.",
  "The issues of a definition are reported all at once, each with a code, a place and a remedy.",
  "Below, each code has an example: a definition with this one issue, and what is reported: " +
    "line and column, the message, and the remedy.",
];

writePage(
  "errors.md",
  "generate-error-reference.ts",
  `# Errors

${intro.join("\n")}

## Codes of \`WorkflowError\`

${errors.join("\n\n")}

## Issues of definitions

${issues.join("\n\n")}`,
);
