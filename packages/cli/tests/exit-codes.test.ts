import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { exitCodeOfError, exitCodeOfStatus } from "../src/exit-codes.js";
import { nodeFloorProblem } from "../src/node-floor.js";
import { BIN, Folder } from "./harness/axw.js";

describe("exit codes", () => {
  test("of errors: 2 for what the caller has to put right, 5 for the database, 6 for another process's run, 1 for the rest", () => {
    const codes = [
      "invalid_definition",
      "unknown_agent",
      "run_not_found",
      "run_owned_elsewhere",
      "event_refused",
      "database_busy",
      "journal_damaged",
      "lease_lost",
      "internal",
    ];
    expect(codes.map(exitCodeOfError)).toEqual([2, 2, 2, 6, 2, 5, 5, 1, 1]);
  });

  test("of runs: a pause by Ctrl-C is 130, any other 3", () => {
    const of = (status: "completed" | "failed" | "paused" | "cancelled") => [
      exitCodeOfStatus(status, false),
      exitCodeOfStatus(status, true),
    ];
    expect([of("completed"), of("failed"), of("paused"), of("cancelled")]).toEqual([
      [0, 0],
      [1, 1],
      [3, 130],
      [4, 4],
    ]);
  });
});

describe("an older Node", () => {
  test.each(["20.20.0", "22.13.1", "23.5.0", "18.0.0"])(
    "%s gets one line that says what to do",
    (version) => {
      expect(nodeFloorProblem(version)).toMatch(
        /^axw needs Node 2[23]\.\d+ or newer, and this is [\d.]+\. Next: [^\n]+$/,
      );
    },
  );

  test.each(["22.14.0", "23.6.0", "24.0.0", "24.21.0", "100.0.0"])(
    "%s is new enough",
    (version) => {
      expect(nodeFloorProblem(version)).toBeUndefined();
    },
  );

  test("ends with 2 before anything heavy is loaded", () => {
    // The version is overwritten before the program begins; the loaders would tell of any further module.
    const preload = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.0" } })`;
    const cwd = new Folder().path;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--import", `data:text/javascript,${encodeURIComponent(preload)}`, BIN, "list"],
      { cwd, encoding: "utf8" },
    );
    expect({ status, stdout, lines: stderr.trimEnd().split("\n").length }).toEqual({
      status: 2,
      stdout: "",
      lines: 1,
    });
  });
});
