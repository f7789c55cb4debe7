import {
  type IssueKind,
  KEY_ISSUES,
  quoted,
  REFERENCE_ISSUES,
  type RuleContext,
  type RuleIssue,
  type SchemaGuide,
} from "@automatosx/source";
import { CONFLICT } from "./conflict.js";
import { STEP_ISSUES } from "./step-issue-kinds.js";

type Rule = (context: RuleContext) => RuleIssue | undefined;

/** Reports the rule at the key that it is about. */
function atKey(kind: IssueKind): Rule {
  return ({ path, message, remedy }) => ({
    kind,
    message: `${quoted(String(path.at(-1)))} ${message}`,
    ...(remedy !== undefined && { remedy }),
    isAtKey: true,
  });
}

/** Reports the rule at the value that it is about. */
function atValue(kind: IssueKind): Rule {
  return ({ path, message, remedy, scalarAt, describe }) => {
    const value = scalarAt(path);
    const subject = typeof value === "string" ? quoted(value.slice(0, 80)) : describe(path);
    return { kind, message: `${subject} ${message}`, ...(remedy !== undefined && { remedy }) };
  };
}

/** How to report the rules about the keys of steps. */
export const STEP_RULES: SchemaGuide["rules"] = {
  two_kinds: atKey(STEP_ISSUES.twoKinds),
  no_kind: noKind,
  step_without_task: withoutTask,
  key_of_other_kind: atKey(STEP_ISSUES.keyOfOtherKind),
  foreach_and_loop: atKey(STEP_ISSUES.foreachAndLoop),
  key_twice: atKey(CONFLICT),
  // The check of the graph reports it, with both modes.
  edge_twice: () => undefined,
  item_hides_name: atValue(STEP_ISSUES.itemHidesName),
  item_name: atValue(KEY_ISSUES.badIdentifier),
  agent_twice: atValue(STEP_ISSUES.agentTwice),
  file_path: atValue(STEP_ISSUES.filePath),
  edge_in_order: atKey(STEP_ISSUES.edgeInOrder),
  any_without_choice: anyWithoutChoice,
  run_without_program: withoutProgram,
  wait_for_nothing: withoutWait,
  bad_rate: atValue(STEP_ISSUES.badRate),
  no_check: noCheck,
  no_reconcile: noReconcile,
  fallback_twice: atValue(STEP_ISSUES.fallbackTwice),
  stop_in_handler: atKey(STEP_ISSUES.stopInHandler),
  program_from_value: atValue(REFERENCE_ISSUES.templateInProgram),
  variable_name: atKey(STEP_ISSUES.variableName),
  exit_code_twice: atValue(KEY_ISSUES.invalidValue),
  input_without_type: withoutType,
};

/** Whether a key of a step is reported as the wrong name of a kind. */
function isMisused(key: string): boolean {
  return ["cancel", "delay", "end", "exit", "fail", "sleep", "uses"].includes(key);
}

const KIND_KEYS = [
  "task",
  "run",
  "steps",
  "agentId",
  "gate",
  "wait",
  "stop",
  "include",
  "workflow",
];

/** A step with a wrong name for a key has been reported. */
function noKind({ path, message, keysAt, isMisnamed }: RuleContext): RuleIssue | undefined {
  const isKnown = KIND_KEYS.some((key) => isMisnamed([...path, key]));
  if (isKnown || keysAt(path).some(isMisused)) return undefined;
  return { kind: STEP_ISSUES.noKind, message: `this step ${message}` };
}

function withoutTask({ path, isMisnamed }: RuleContext): RuleIssue | undefined {
  if (isMisnamed(path)) return undefined;
  return { kind: KEY_ISSUES.missingKey, message: "`task` is missing", remedy: "add `task`" };
}

/** In a listed order, `join` itself has been reported. */
function anyWithoutChoice({ path, message, scalarAt }: RuleContext): RuleIssue | undefined {
  if (scalarAt([...path.slice(0, -3), "order"]) === "listed") return undefined;
  return { kind: STEP_ISSUES.anyWithoutChoice, message: `\`join: any\` ${message}` };
}

function withoutProgram({ path, message, isMisnamed }: RuleContext): RuleIssue | undefined {
  if (isMisnamed([...path, "command"]) || isMisnamed([...path, "script"])) return undefined;
  const remedy = "add `command` (a program and its arguments) or `script` (the text of a script)";
  return { kind: KEY_ISSUES.missingKey, message: `\`run\` ${message}`, remedy };
}

function withoutWait({ path, message, isMisnamed }: RuleContext): RuleIssue | undefined {
  if (["for", "until", "signal"].some((key) => isMisnamed([...path, key]))) return undefined;
  const remedy = "add `for` (a duration), `until` (an instant) or `signal` (a name)";
  return { kind: KEY_ISSUES.missingKey, message: `\`wait\` ${message}`, remedy };
}

function noCheck({ path, isMisnamed }: RuleContext): RuleIssue | undefined {
  if (["that", "task", "run"].some((key) => isMisnamed([...path, key]))) return undefined;
  return {
    kind: STEP_ISSUES.noKind,
    message: "this check has none of `that`, `run` and `task`",
    remedy: "add `that` (a condition), `run` (a program), or `agentId` and `task`",
  };
}

function noReconcile({ path, isMisnamed }: RuleContext): RuleIssue | undefined {
  if (["task", "run"].some((key) => isMisnamed([...path, key]))) return undefined;
  return {
    kind: STEP_ISSUES.noKind,
    message: "this `reconcile` has neither `task` nor `run`",
    remedy: "add `agentId` and `task`, or `run`",
  };
}

function withoutType({ path, isMisnamed }: RuleContext): RuleIssue | undefined {
  if (isMisnamed(path)) return undefined;
  return { kind: KEY_ISSUES.missingKey, message: "`type` is missing", remedy: "add `type`" };
}
