import {
  errorKind,
  type IssueKind,
  KEY_ISSUES,
  REFERENCE_ISSUES,
  TEXT_ISSUES,
  warningKind,
} from "@automatosx/source";
import { CONFLICT } from "./conflict.js";
import { EXPRESSION_ISSUES } from "./expressions/expression-kinds.js";
import { STEP_ISSUES } from "./step-issue-kinds.js";

export type { IssueKind } from "@automatosx/source";

/**
 * Every kind of issue in a definition: 10xx for its text, 11xx for keys and values, 12xx for the
 * graph, 13xx for expressions, 14xx for the types of their values, 16xx for agents and steps,
 * 17xx for budgets, 18xx for what a backend cannot hold.
 */
export const ISSUE_KINDS = {
  ...TEXT_ISSUES,
  noWorkflow: errorKind(
    "AXW1016",
    "The text is not a workflow",
    "write a map with at least `name` and `steps`",
  ),
  notJson: errorKind(
    "AXW1017",
    "A value is not JSON",
    "use strings, finite numbers, true, false, null, arrays and plain objects",
  ),
  unreadableFile: errorKind(
    "AXW1018",
    "The file cannot be read",
    "check the path and the permissions of the file",
  ),
  ...KEY_ISSUES,
  ...REFERENCE_ISSUES,
  ...STEP_ISSUES,
  conflict: CONFLICT,
  badDefault: errorKind(
    "AXW1109",
    "A default does not have the type of its input",
    "change the default or the type",
  ),
  tooManySteps: errorKind("AXW1110", "The workflow has too many steps", "split the workflow"),
  nameless: errorKind(
    "AXW1111",
    "The workflow has no name that an id can be derived from",
    "add an `id`: a letter, then letters, digits, `_` or `-`",
  ),
  stepWithoutAgent: errorKind(
    "AXW1112",
    "A step has no agent",
    "add `agentId` to the step, or to `defaults`",
  ),
  badAgent: errorKind(
    "AXW1113",
    "The kind of agent is unclear",
    "add `command` (a program and its arguments) or `preset`",
  ),
  versionNumber: warningKind("AXW1114", "A version is read as a number", "quote it"),
  unusedLimit: warningKind(
    "AXW1116",
    "A limit is set for an agent that no step uses",
    "correct the agent's id, or remove the limit",
  ),
  numberOfText: warningKind(
    "AXW1117",
    "Text that looks like a number is read as one",
    "quote it to keep it as text",
  ),
  missingProgram: warningKind(
    "AXW1118",
    "The program of an agent is missing (an error if a run would need it)",
    "install the program, or correct the agent",
  ),
  missingSecret: errorKind(
    "AXW1629",
    "The host does not know a secret that the workflow uses",
    "supply the secret with the `secrets` option of the engine",
  ),
  unservedAgent: errorKind(
    "AXW1801",
    "No worker of the backend serves an agent",
    "start a worker that has the agent, or correct its id",
  ),
  notOnBackend: errorKind(
    "AXW1802",
    "The backend does not support a part of the workflow",
    "change that part, or run the workflow on another backend",
  ),
  duplicateStep: errorKind("AXW1201", "Two steps have the same id", "give each step a unique id"),
  unknownDependency: errorKind(
    "AXW1202",
    "A dependency is not the id of a step",
    "use the id of a step of this workflow",
  ),
  selfDependency: errorKind("AXW1203", "A step waits for itself", "remove the dependency"),
  cycle: errorKind("AXW1204", "Steps wait for each other", "remove one of these dependencies"),
  otherScope: errorKind(
    "AXW1604",
    "A dependency is not a step of the same list",
    "let the steps of one list wait for each other, and a group wait for the steps around it",
  ),
  ...EXPRESSION_ISSUES,
} as const satisfies Record<string, IssueKind>;
