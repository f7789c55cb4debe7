import { errorKind, type IssueKind } from "@automatosx/source";

/** Issues with the keys of steps and with what they contain: part of 14xx and 16xx. */
export const STEP_ISSUES = {
  itemHidesName: errorKind(
    "AXW1411",
    "The name of an item already means something else",
    "choose another name with `as`",
  ),
  badSchema: errorKind(
    "AXW1501",
    "A JSON Schema is not valid, or has a keyword that is not enforced",
    "use the keywords that are enforced, with values of their form",
  ),
  schemaOfProperties: errorKind(
    "AXW1502",
    "Properties are written in place of a JSON Schema",
    "write `{ type: object, properties: { … } }` around them",
  ),
  largeSchema: errorKind("AXW1504", "A JSON Schema is too large", "simplify the schema"),
  twoKinds: errorKind(
    "AXW1601",
    "A step has keys of two kinds",
    "keep one of the two, or write two steps",
  ),
  noKind: errorKind(
    "AXW1602",
    "No key of a step says which kind it is",
    "add `agentId` and `task` for an agent, `run` for a program, or `steps` for a group",
  ),
  keyOfOtherKind: errorKind("AXW1603", "A key belongs to steps of another kind", "remove it"),
  foreachAndLoop: errorKind(
    "AXW1605",
    "A step has both `foreach` and `loop`",
    "make the step a group, with one of the two on the group and the other inside",
  ),
  notInThisVersion: errorKind(
    "AXW1620",
    "A part of the language is not in this version",
    "remove it, or use a newer version",
  ),
  variableName: errorKind(
    "AXW1622",
    "An environment variable of a program cannot have this name",
    "use letters, digits and `_`, and begin with neither a digit nor `AX_`",
  ),
  filePath: errorKind(
    "AXW1623",
    "The path of a step's file is not allowed",
    "write a path relative to the run's directory: `notes/report.md`",
  ),
  taskFile: errorKind(
    "AXW1624",
    "The file of a task cannot be used",
    "name a text file in the folder of the workflow",
  ),
  edgeInOrder: errorKind(
    "AXW1625",
    "A step in a list with `order: listed` has dependencies of its own",
    "remove the key, or remove `order: listed` and write the dependencies of each step",
  ),
  agentTwice: errorKind(
    "AXW1627",
    "A choice of agents names one twice, or lacks one",
    "list each agent once, and every agent that `from` may give",
  ),
  anyWithoutChoice: errorKind(
    "AXW1630",
    "`join: any` has no dependencies to choose from",
    "add dependencies that are not `ok`, or remove `join`",
  ),
} as const satisfies Record<string, IssueKind>;
