import { spawnSync } from "node:child_process";
import { ERROR_KINDS, type WorkflowErrorCode } from "@automatosx/workflow/errors";
import { describe, expect, test } from "vitest";
import { exitCodeOfError, exitCodeOfStatus } from "../src/exit-codes.js";
import { nodeFloorProblem } from "../src/node-floor.js";
import { BIN, Folder } from "./harness/axw.js";

describe("exit codes", () => {
  test("match the help for every error code", () => {
    const codes = Object.keys(ERROR_KINDS) as WorkflowErrorCode[];
    const byExitCode = Object.groupBy(codes, exitCodeOfError);
    expect(Object.fromEntries(Object.entries(byExitCode).map(([k, v]) => [k, v.sort()]))).toEqual({
      1: ["engine_closed", "internal", "lease_lost", "result_not_found", "run_failed"],
      2: [
        "checkpoint_not_found",
        "duplicate_signal",
        "event_refused",
        "gate_not_open",
        "invalid_answer",
        "invalid_argument",
        "invalid_definition",
        "invalid_input",
        "older_attempt",
        "run_ambiguous",
        "run_exists",
        "run_not_found",
        "run_not_resumable",
        "run_quarantined",
        "signals_full",
        "step_not_completed",
        "unknown_agent",
      ],
      3: ["run_paused"],
      4: ["run_cancelled"],
      5: [
        "checkpoint_damaged",
        "database_busy",
        "database_full",
        "database_newer",
        "database_unusable",
        "journal_damaged",
        "journal_diverged",
      ],
      6: ["run_owned_elsewhere"],
    });
  });

  test("are 130 after a pause by Ctrl-C, and 3 after any other pause", () => {
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

describe("the Node version check", () => {
  test.each(["20.20.0", "22.13.1", "23.5.0", "18.0.0"])(
    "refuses %s with one line that says what to install",
    (version) => {
      expect(nodeFloorProblem(version)).toMatch(
        /^axw needs Node 2[23]\.\d+ or newer; this is [\d.]+\. Next: [^\n]+$/,
      );
    },
  );

  test.each(["22.14.0", "23.6.0", "24.0.0", "24.21.0", "100.0.0"])("accepts %s", (version) => {
    expect(nodeFloorProblem(version)).toBeUndefined();
  });

  test("makes axw exit with 2 before it loads any large module", () => {
    // The version is replaced before the program begins; a loader error would reveal a module that
    // was loaded too early.
    const preload =
      `Object.defineProperty(process, "versions", { value: { ...process.versions, node: ` +
      `"20.20.0" } })`;
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
