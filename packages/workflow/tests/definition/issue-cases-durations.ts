import type { IssueCase } from "./issue-case.js";
import { step } from "./issue-case.js";

/** Durations as other systems write them. */
export const DURATION_CASES: readonly IssueCase[] = [
  {
    what: "a duration on a clock",
    text: step("    timeout: 00:05:00\n"),
    code: "AXW1106",
    at: [6, 14],
    says:
      "expected a duration such as 500ms, 30s, 20m, 1h30m or 1d, or a number of milliseconds, " +
      "found `00:05:00`",
    remedy: "write `5m`",
  },
  {
    what: "a duration on a clock with two numbers",
    text: step("    timeout: 10:30\n"),
    code: "AXW1106",
    at: [6, 14],
    says:
      "expected a duration such as 500ms, 30s, 20m, 1h30m or 1d, or a number of milliseconds, " +
      "found `10:30`",
    remedy: "add units: `10h30m`, or `10m30s`",
  },
  {
    what: "an ISO 8601 duration",
    text: step("    timeout: PT1H30M\n"),
    code: "AXW1106",
    at: [6, 14],
    says:
      "expected a duration such as 500ms, 30s, 20m, 1h30m or 1d, or a number of milliseconds, " +
      "found `PT1H30M`",
    remedy: "write `1h30m`",
  },
  {
    what: "a duration with an underscore",
    text: step("    timeout: 60_000\n"),
    code: "AXW1106",
    at: [6, 14],
    says:
      "expected a duration such as 500ms, 30s, 20m, 1h30m or 1d, or a number of milliseconds, " +
      "found `60_000`",
    remedy: "write the number without `_` and with a unit: `60000ms`",
  },
  {
    what: "a duration from an input",
    text: step('    timeout: "${{ inputs.limit }}"\n'),
    code: "AXW1106",
    at: [6, 14],
    says:
      "expected a duration such as 500ms, 30s, 20m, 1h30m or 1d, or a number of milliseconds, " +
      "found `${{ inputs.limit }}`",
    remedy: "write the value itself: it cannot be taken from a reference here",
  },
];
