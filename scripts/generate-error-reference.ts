// Writes docs/reference/errors.md from the table of issue codes and the closed list of error codes. Run after a build.
import { ISSUE_KINDS, type IssueKind } from "../packages/workflow/dist/index.js";
import { ERROR_MEANINGS } from "./reference/error-meanings.ts";
import { writePage } from "./reference/write-page.ts";

const GROUPS = [
  ["AXW10", "The text"],
  ["AXW11", "Keys and values"],
  ["AXW12", "The graph"],
  ["AXW13", "References in tasks"],
] as const;

const kinds: readonly IssueKind[] = Object.values(ISSUE_KINDS);
const homeless = kinds.filter(({ code }) => !GROUPS.some(([prefix]) => code.startsWith(prefix)));
if (homeless.length > 0)
  throw new Error(
    `No group for ${homeless.map(({ code }) => code).join(", ")}: add one to GROUPS.`,
  );

const issues = GROUPS.map(([prefix, title]) => {
  const entries = kinds.filter(({ code }) => code.startsWith(prefix));
  const text = entries.map(
    ({ code, severity, title: problem, remedy }) =>
      `#### ${code}\n\n${severity === "warning" ? "Warning: " : ""}${problem}. To do: ${remedy}.`,
  );
  return `### ${title}\n\n${text.join("\n\n")}`;
});
const errors = Object.entries(ERROR_MEANINGS).map(
  ([code, [means, remedy]]) => `### \`${code}\`\n\n${means} ${remedy}`,
);

writePage(
  "errors.md",
  "generate-error-reference.ts",
  `# Errors

An exception of this engine is a \`WorkflowError\`: a \`code\` of the list below, a message, and a \`remedy\`. A step's own failure is no exception: it ends
up in the run's ending. What is wrong with a definition is told as issues, all at once, each with a code, a place and a remedy.

## Codes of \`WorkflowError\`

${errors.join("\n\n")}

## Issues of definitions

${issues.join("\n\n")}`,
);
