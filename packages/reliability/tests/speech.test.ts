import { describe, expect, test } from "vitest";
import type { Ended } from "../src/command-line/output.ts";
import { faultsOfSpeech } from "../src/command-line/speech.ts";

const spoken = (exitCode: number | null, stderr: string, ending?: object): Ended => ({
  exitCode,
  signal: null,
  stdout: ending === undefined ? "" : `${JSON.stringify({ type: "run_ending", ...ending })}\n`,
  stderr,
});
const full = { status: "paused", errorCode: "database_full" };

describe("faultsOfSpeech", () => {
  test("has nothing against one reason and a next command", () => {
    expect([
      faultsOfSpeech(spoken(0, "")),
      faultsOfSpeech(
        spoken(
          5,
          "error  database_unusable  It cannot be read.\n       Mend it.\nnext   axw doctor\n",
        ),
      ),
      faultsOfSpeech(spoken(3, "why    It is full.\nkept   x.db\nnext   axw resume 123\n", full)),
    ]).toEqual([[], [], []]);
  });

  test.each([
    [
      "an exit code that is not documented",
      spoken(1, "error  internal  x\nnext   axw doctor\n"),
      "it ended with exit code 1",
    ],
    [
      "a stack",
      spoken(5, "error  database_full  x\n    at open (file.js:1)\nnext   axw doctor\n"),
      "it printed what is not for a user",
    ],
    [
      "a rejection that no one handles",
      spoken(0, "Unhandled rejection\n"),
      "it printed what is not for a user",
    ],
    [
      "two reasons",
      spoken(5, "error  database_full  x\nerror  database_full  y\nnext   axw doctor\n"),
      "it gave 2 reasons",
    ],
    ["no next command", spoken(5, "error  database_full  x\n"), "its last line is no next command"],
    [
      "a reason that is not of the database",
      spoken(5, "error  internal  x\nnext   axw doctor\n"),
      "its reason names no database",
    ],
    [
      "a pause without its cause",
      spoken(3, "why    x\nnext   axw resume 1\n", { status: "paused" }),
      "it is paused for no reason",
    ],
    [
      "a pause without a way on",
      spoken(3, "why    x\nnext   axw doctor\n", full),
      "does not say how to go on",
    ],
  ])("finds %s", (_, ended, fault) => {
    expect(faultsOfSpeech(ended)).toEqual([expect.stringContaining(fault)]);
  });
});
