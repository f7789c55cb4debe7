import { errorKind, type IssueKind, warningKind } from "./issue-kind.js";

/** Issues with `${{ }}` and with what surrounds it, in any document: part of 13xx and 16xx. */
export const REFERENCE_ISSUES = {
  cutText: errorKind(
    "AXW1303",
    "` #` cuts off a text, because it begins a comment (a warning if the rest is still valid)",
    "quote the text: after a space, `#` begins a comment in YAML",
  ),
  foreignTemplate: warningKind(
    "AXW1308",
    "A template of another system, or one outside a task, is not replaced with a value",
    "write `${{ … }}` in a task to insert a value",
  ),
  templateInProgram: errorKind(
    "AXW1618",
    "A reference in the definition of a program is not replaced with a value (a warning for " +
      "`${{ }}` of another system)",
    "let the program read the value from its standard input, which is the task, or with " +
      "`input: json` the whole request with the inputs and the results",
  ),
} as const satisfies Record<string, IssueKind>;
