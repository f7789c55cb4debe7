import { errorKind, type IssueKind, warningKind } from "@automatosx/source";

const REFERENCES =
  "write `${{ steps.ID.output }}`, `${{ inputs.NAME }}` or `${{ context.KEY }}`; " +
  "`$${{` for a literal `${{`";

/** Issues with expressions and with the types of their values: 13xx, 14xx, and a part of 16xx. */
export const EXPRESSION_ISSUES = {
  badExpression: errorKind("AXW1301", "An expression is not valid", REFERENCES),
  unclosedTemplate: errorKind(
    "AXW1302",
    "A reference is not closed",
    "close it with `}}`, or write `$${{` for a literal `${{`",
  ),
  unknownStep: errorKind(
    "AXW1304",
    "A reference is to a step that does not exist",
    "use the id of a step of this workflow",
  ),
  notUpstream: errorKind(
    "AXW1305",
    "A step refers to a step that it does not wait for",
    "add the step to `dependencies`",
  ),
  unknownInput: errorKind(
    "AXW1306",
    "A reference is to an input that is not declared",
    "declare it under `inputs`",
  ),
  unknownContext: errorKind(
    "AXW1307",
    "A reference is to a context key that is not declared (a warning in a workflow that no other " +
      "includes or runs)",
    "add it to `context`, or pass it when the run is started",
  ),
  unknownRoot: errorKind(
    "AXW1310",
    "A name is unknown",
    "begin with `steps`, `inputs`, `context`, `workflow` or `run`, with `item` in a " +
      "`foreach`, or " +
      "with `round` in a `loop`",
  ),
  unknownFunction: errorKind(
    "AXW1311",
    "A function is unknown",
    "use a function of the language, such as `size`, `contains`, `has` or `default`",
  ),
  outOfScope: errorKind(
    "AXW1312",
    "A name has no meaning at this place",
    "refer to a step that this one waits for, to an input or to the context",
  ),
  expressionTooLarge: errorKind(
    "AXW1313",
    "An expression is too long, or nested too deeply",
    "keep it within 4,096 characters and 64 levels: let a step work out a part of it",
  ),
  badOperand: errorKind(
    "AXW1401",
    "A value does not have the type that an operator or a function needs",
    "compare and combine values of one type; `string(x)` and `number(x)` convert them",
  ),
  notBoolean: errorKind(
    "AXW1402",
    "A condition is neither true nor false",
    "write a comparison, such as `inputs.name != ''`",
  ),
  unknownProperty: errorKind(
    "AXW1403",
    "A value has no such property",
    "use a property that the schema of the value declares",
  ),
  mayBeAbsent: errorKind(
    "AXW1404",
    "A property may be absent",
    "check it with `has(…)`, or give another value with `default(…, …)`",
  ),
  mayBeNull: errorKind(
    "AXW1405",
    "A value may be null (a warning in a workflow without other expressions)",
    "check it with `has(…)`, or give another value with `default(…, …)`",
  ),
  notInEnum: errorKind(
    "AXW1406",
    "A comparison is with a value that cannot occur",
    "compare with a value of the enum",
  ),
  alwaysSame: warningKind(
    "AXW1407",
    "A condition is always true, or always false",
    "correct the condition, or remove it",
  ),
  neverRuns: warningKind(
    "AXW1408",
    "A step can never run",
    "correct the condition of the step that it waits for, or wait for it with `done`",
  ),
  notList: errorKind(
    "AXW1409",
    "The items of a `foreach` are not a list",
    "write an expression that gives a list, or a list of values",
  ),
  badItemKey: errorKind(
    "AXW1410",
    "A key does not identify an item",
    "write an expression of the item that gives a text or a whole number, such as `item.name`",
  ),
  nullInText: warningKind(
    "AXW1412",
    "A value that may be null is inserted into a text",
    "give another value: `default(…, '')`",
  ),
  untilChangesNothing: warningKind(
    "AXW1607",
    "The `until` of a loop does not depend on its rounds",
    "refer to a step of the loop, to `previous` or to `round`",
  ),
  templateInScript: errorKind(
    "AXW1621",
    "A script contains `${{ }}`",
    'pass the value in `env`, and write `"$NAME"` in the script',
  ),
} as const satisfies Record<string, IssueKind>;
