import { Scenario, TestFile, TestIndex } from "@automatosx/schemas/test-files";
import { ISSUE_KINDS } from "@automatosx/workflow";
import type { RuleContext, RuleIssue, SchemaGuide } from "@automatosx/workflow/source";

/** The kinds of files that contain cases. */
export type TestKind = "test file" | "index" | "scenario";

/** How the issues of each kind are worded. */
export const TEST_GUIDES: Readonly<Record<TestKind, SchemaGuide>> = {
  "test file": guide(TestFile, "a map with `workflow` and `cases`"),
  index: guide(TestIndex, "a map with `format` and `cases`"),
  scenario: guide(Scenario, "a map with `format`, `workflow`, `agents` and `expect`"),
};

function guide(schema: SchemaGuide["schema"], noun: string): SchemaGuide {
  return {
    schema,
    root: { kind: { ...ISSUE_KINDS.wrongType, remedy: `write ${noun}` }, noun },
    unclear: ISSUE_KINDS.invalidValue,
    synonymOf: () => undefined,
    remedyFor: () => undefined,
    isCommandLine: () => false,
    tooLong: () => undefined,
    rules: {
      one_behaviour: (context) =>
        conflict(
          context,
          "add one of `echo`, `json`, `text`, `parse`, `fail`, `script`, `steps`, …",
        ),
      one_action: (context) => conflict(context, "add `run`, `resume` or another action"),
      one_case: (context) => conflict(context, "add `expect`, or `invalid` with the issues"),
    },
  };
}

/** A rule that names a key is about two keys; otherwise something is missing. */
function conflict({ path, message }: RuleContext, missing: string): RuleIssue {
  const isAtKey = message.startsWith("`") && path.length > 0;
  return isAtKey
    ? { kind: ISSUE_KINDS.conflict, message, isAtKey }
    : { kind: ISSUE_KINDS.missingKey, message, remedy: missing };
}
