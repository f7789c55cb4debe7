import { errorKind, type IssueKind, warningKind } from "@automatosx/source";

/** Issues with the keys of steps and with what they contain: part of 14xx, 16xx and 17xx. */
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
  badForm: errorKind(
    "AXW1503",
    "A form has a field of an unknown type",
    "write `string`, `number`, `integer`, `boolean`, `object`, `array` or `any`, with `?` if it " +
      "may be left out; a list of the values that are allowed; or a JSON Schema",
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
    "add `agentId` and `task` for an agent, `run` for a program, `steps` for a group, `gate` " +
      "for a question to a person, `wait`, `stop`, or `include` or `workflow` for another workflow",
  ),
  keyOfOtherKind: errorKind("AXW1603", "A key belongs to steps of another kind", "remove it"),
  foreachAndLoop: errorKind(
    "AXW1605",
    "A step has both `foreach` and `loop`",
    "make the step a group, with one of the two on the group and the other inside",
  ),
  badInclude: errorKind(
    "AXW1609",
    "The file of an included workflow cannot be used",
    "name a workflow file in the folder of the workflow, or below it",
  ),
  includeNesting: errorKind(
    "AXW1610",
    "Workflows contain each other, or are too deep inside each other",
    "remove one of the `include` or `workflow` steps",
  ),
  badInputs: errorKind(
    "AXW1611",
    "`with` does not fit the inputs of the other workflow",
    "give the inputs that it declares, with values of their types",
  ),
  approveWithoutValues: errorKind(
    "AXW1612",
    "A gate approves without an answer, but its form needs values",
    "let every field of the form be left out (`?`), or write `onExpire: reject` or `skip`",
  ),
  ownApproved: errorKind(
    "AXW1613",
    "The form of a gate has a field `approved`",
    "remove it: the output of every gate has `approved`",
  ),
  fallbackTwice: errorKind("AXW1614", "A fallback names an agent twice", "remove it"),
  externalRetries: warningKind(
    "AXW1615",
    "A step that must not be done twice has retries, and nothing finds out whether it was done",
    "add `reconcile`, or remove the retries: an outcome that is not known waits for a person",
  ),
  badCache: errorKind(
    "AXW1616",
    "The result of a step cannot come from another run",
    "remove `cache`",
  ),
  tooManyLaunches: errorKind(
    "AXW1619",
    "A run would need more launches than it may have",
    "use fewer items or rounds, or divide the workflow",
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
  badSession: errorKind(
    "AXW1626",
    "A session does not continue an agent step with the same agent",
    "name an agent step that this one waits for; in a loop, also the step itself",
  ),
  stopInHandler: errorKind(
    "AXW1628",
    "A handler has a stop",
    "remove it: handlers run when the end of the run is decided",
  ),
  badRate: errorKind(
    "AXW1701",
    "A `rate` is not a valid rate",
    "write the number of starts and the time: `10/min`, `100/h`, `5/30s`",
  ),
  runsAlone: warningKind(
    "AXW1702",
    "An agent has no reserve, so its first attempt runs alone",
    "add `reserve` to the step, or to the agent in `limits.agents`",
  ),
  agentTwice: errorKind(
    "AXW1627",
    "A choice of agents names one twice, or lacks one",
    "list each agent once, and every agent that `from` may give",
  ),
  notEditable: errorKind(
    "AXW1631",
    "The `editable` of a gate is not the result of a single step",
    "write `steps.NAME.output`, with a step that the gate waits for and that has one result",
  ),
  anyWithoutChoice: errorKind(
    "AXW1630",
    "`join: any` has no dependencies to choose from",
    "add dependencies that are not `ok`, or remove `join`",
  ),
} as const satisfies Record<string, IssueKind>;
