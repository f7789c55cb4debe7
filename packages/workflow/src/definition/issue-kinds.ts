import {
  errorKind,
  type IssueKind,
  KEY_ISSUES,
  TEXT_ISSUES,
  warningKind,
} from "@automatosx/source";

export type { IssueKind } from "@automatosx/source";

/**
 * Everything that can be wrong with a definition: 10xx its text, 11xx its keys and values, 12xx its
 * graph, 13xx its templates.
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
    "use text, finite numbers, true, false, null, lists and plain objects",
  ),
  unreadableFile: errorKind(
    "AXW1018",
    "The file cannot be read",
    "check the path and the permissions of the file",
  ),
  ...KEY_ISSUES,
  conflict: errorKind("AXW1108", "Two keys contradict each other", "keep one of the two"),
  badDefault: errorKind(
    "AXW1109",
    "A default does not have the type of its input",
    "change the default or the type",
  ),
  tooManySteps: errorKind("AXW1110", "The workflow has too many steps", "split the workflow"),
  nameless: errorKind(
    "AXW1111",
    "The workflow has no name that gives an id",
    "add an `id`: a letter, then letters, digits, `_` or `-`",
  ),
  stepWithoutAgent: errorKind(
    "AXW1112",
    "A step has no agent",
    "add `agentId` to the step, or to `defaults`",
  ),
  badAgent: errorKind(
    "AXW1113",
    "The kind of an agent is unclear",
    "give it `command` (a program and its arguments) or `preset`",
  ),
  versionNumber: warningKind("AXW1114", "A version is read as a number", "quote it"),
  unusedLimit: warningKind(
    "AXW1116",
    "No step uses the agent of a limit",
    "correct the agent's id, or remove the limit",
  ),
  duplicateStep: errorKind("AXW1201", "Two steps have one id", "give each step an id of its own"),
  unknownDependency: errorKind(
    "AXW1202",
    "A dependency is not a step",
    "name a step of this workflow",
  ),
  selfDependency: errorKind("AXW1203", "A step waits for itself", "remove the dependency"),
  cycle: errorKind("AXW1204", "Steps wait for each other", "remove one of these dependencies"),
  badTemplate: errorKind(
    "AXW1301",
    "A reference is not valid",
    "write `${{ steps.ID.output }}`, `${{ inputs.NAME }}` or `${{ context.KEY }}`; " +
      "`$${{` for a literal `${{`",
  ),
  unclosedTemplate: errorKind(
    "AXW1302",
    "A reference is not closed",
    "close it with `}}`, or write `$${{` for a literal `${{`",
  ),
  cutTemplate: errorKind(
    "AXW1303",
    "`#` cuts off a reference",
    "quote the text: after a space, `#` begins a comment in YAML",
  ),
  unknownStep: errorKind(
    "AXW1304",
    "A reference names a step that does not exist",
    "name a step of this workflow",
  ),
  notUpstream: errorKind(
    "AXW1305",
    "A step refers to a step that it does not wait for",
    "add the step to `dependencies`",
  ),
  unknownInput: errorKind(
    "AXW1306",
    "A reference names an input that is not declared",
    "declare it under `inputs`",
  ),
  unknownContext: warningKind(
    "AXW1307",
    "A reference names a context key that is not declared",
    "add it to `context`, or give it when the run is started",
  ),
  foreignTemplate: warningKind(
    "AXW1308",
    "`{{ }}` is not replaced by a value",
    "write `${{ … }}` to have a value put in",
  ),
} as const satisfies Record<string, IssueKind>;
