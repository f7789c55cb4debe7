import {
  ACTION_VERBS,
  BEHAVIOUR_KINDS,
  Scenario,
  TestFile,
  TestIndex,
} from "@automatosx/schemas/test-files";
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
          BEHAVIOUR_KINDS,
          "add `echo`, `json`, `text`, `fail` or another behaviour",
        ),
      one_action: (context) =>
        conflict(context, ACTION_VERBS, "add `run`, `resume` or another action"),
      one_case: (context) => conflict(context, ["expect", "invalid"], "add `expect`, or `invalid`"),
    },
  };
}

/**
 * Words an issue of a rule: it is about a key, or one of the keys is missing. A key that is missing
 * because it is misspelt is already reported.
 */
function conflict(
  { path, message, isMisnamed }: RuleContext,
  keys: readonly string[],
  remedy: string,
): RuleIssue | undefined {
  if (message.startsWith("`")) return { kind: ISSUE_KINDS.conflict, message, isAtKey: true };
  if (keys.some((key) => isMisnamed([...path, key]))) return undefined;
  return { kind: ISSUE_KINDS.missingKey, message, remedy };
}
