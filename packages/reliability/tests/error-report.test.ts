import { describe, expect, test } from "vitest";
import { errorReportFaults } from "../src/command-line/error-report.ts";
import type { Ended } from "../src/command-line/output.ts";

const ended = (exitCode: number | null, stderr: string, ending?: object): Ended => ({
  exitCode,
  signal: null,
  stdout: ending === undefined ? "" : `${JSON.stringify({ type: "run_ending", ...ending })}\n`,
  stderr,
});
const full = { status: "paused", errorCode: "database_full" };

describe("errorReportFaults", () => {
  test("accepts a success, and a failure with one reason and a next command", () => {
    expect([
      errorReportFaults(ended(0, "")),
      errorReportFaults(
        ended(
          5,
          "error  database_unusable  It cannot be read.\n       Restore it from a " +
            "backup.\nnext   axw doctor\n",
        ),
      ),
      errorReportFaults(ended(3, "why    It is full.\nkept   x.db\nnext   axw resume 123\n", full)),
    ]).toEqual([[], [], []]);
  });

  test.each([
    [
      "an exit code not used for database errors",
      ended(1, "error  internal  x\nnext   axw doctor\n"),
      "it ended with exit code 1",
    ],
    [
      "a stack trace",
      ended(5, "error  database_full  x\n    at open (file.js:1)\nnext   axw doctor\n"),
      "it printed an internal message to the user",
    ],
    [
      "an unhandled rejection",
      ended(0, "Unhandled rejection\n"),
      "it printed an internal message to the user",
    ],
    [
      "two reasons",
      ended(5, "error  database_full  x\nerror  database_full  y\nnext   axw doctor\n"),
      "it gave 2 reasons instead of one",
    ],
    [
      "no next command",
      ended(5, "error  database_full  x\n"),
      "its last line is not a next command",
    ],
    [
      "a reason that is not a database error",
      ended(5, "error  internal  x\nnext   axw doctor\n"),
      "its reason is not a database error",
    ],
    [
      "a pause without its error code",
      ended(3, "why    x\nnext   axw resume 1\n", { status: "paused" }),
      "it exited as paused without the error code database_full",
    ],
    [
      "a pause without axw resume as the next command",
      ended(3, "why    x\nnext   axw doctor\n", full),
      "its next command is not axw resume",
    ],
  ])("finds %s", (_, command, fault) => {
    expect(errorReportFaults(command)).toEqual([expect.stringContaining(fault)]);
  });
});
