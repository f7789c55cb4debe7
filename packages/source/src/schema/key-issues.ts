import { errorKind, type IssueKind, warningKind } from "../issues/issue-kind.js";

/** Issues with the keys and values of any document: part of 10xx and 11xx. */
export const KEY_ISSUES = {
  shortDuration: warningKind(
    "AXW1021",
    "A duration below a second has no unit, so it is in milliseconds",
    "add the unit that is meant",
  ),
  unknownKey: errorKind(
    "AXW1101",
    "A key is unknown",
    "remove it, or begin it with `x-` to keep it as a note",
  ),
  missingKey: errorKind("AXW1102", "A key is missing", "add it"),
  wrongType: errorKind(
    "AXW1103",
    "A value has the wrong type",
    "write a value of the expected type",
  ),
  unknownValue: errorKind(
    "AXW1104",
    "A value is not one of the allowed values",
    "write one of the values listed in the message",
  ),
  badIdentifier: errorKind(
    "AXW1105",
    "A name is not a valid id",
    "begin with a letter and use letters, digits, `_` and `-` only, at most 128",
  ),
  badDuration: errorKind(
    "AXW1106",
    "A value is not a duration",
    "write a number with a unit: `500ms`, `30s`, `20m`, `2h`, `1d`, `1h30m`",
  ),
  outOfRange: errorKind(
    "AXW1107",
    "A value is too small or too large",
    "stay within the limit given in the message",
  ),
  invalidValue: errorKind(
    "AXW1115",
    "A value is not allowed",
    "write a value of the expected form",
  ),
} as const satisfies Record<string, IssueKind>;
