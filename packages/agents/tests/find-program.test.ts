import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ProcessAgentDefinition } from "@automatosx/schemas";
import { findProgram } from "@automatosx/workflow/programs";
import { describe, expect, test } from "vitest";
import { programProblem } from "../src/process/program-problem.js";
import { describeDefinition } from "../src/registry/kinds.js";
import { temporaryFolder } from "./support/processes.js";

function agent(command: string, cwd?: string): ProcessAgentDefinition {
  return {
    type: "process",
    command: [command],
    ...(cwd !== undefined && { cwd }),
    env: {},
    input: "task",
    output: "text",
    grace: 0,
    okExitCodes: [0],
  };
}

async function folderWithTool(): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "bin"));
  await writeFile(join(folder, "bin", "tool"), "#!/bin/sh\n");
  await chmod(join(folder, "bin", "tool"), 0o755);
  await writeFile(join(folder, "data"), "");
  return folder;
}

describe.skipIf(process.platform === "win32")("findProgram", () => {
  test("finds a program where the system looks for it if PATH is not set", () => {
    expect(findProgram("sh", {})).toMatch(/\/bin\/sh$/);
  });

  test("searches the folder of the program for an empty entry of PATH", async () => {
    const folder = await folderWithTool();
    const found = ["/nonexistent:", ":/nonexistent", "/nonexistent", "bin"].map((path) =>
      findProgram("tool", { PATH: path }, path === "bin" ? folder : join(folder, "bin")),
    );
    const tool = join(folder, "bin", "tool");
    expect(found).toEqual([tool, tool, undefined, tool]);
  });
});

describe.skipIf(process.platform === "win32")("describeDefinition", () => {
  test.each([
    ["~/bin/tool", "write the whole path in place of `~`, which only a shell replaces"],
    ["$HOME/tool", "write the whole path in place of `$HOME`, which only a shell replaces"],
    ["${TOOL}", "write the whole path in place of `${TOOL}`, which only a shell replaces"],
    ["python3 x.py", "write each word as an entry: `[python3, x.py]`"],
    ["./my tool", "create it, or correct `command`"],
  ])("says what to write in place of the shell's language in %s", (program, remedy) => {
    const place = { key: "command", env: { PATH: "/none" }, cwd: "/none" } as const;
    expect(programProblem(program, place)?.remedy).toBe(remedy);
  });

  test("says why a program would not start", async () => {
    const baseFolder = await folderWithTool();
    const problems = [
      agent("bin/tool"),
      agent("tool"),
      agent("./gone"),
      agent("./data"),
      agent("./bin"),
      agent("bin/tool", "gone"),
      agent("bin/tool", "data"),
    ].map((definition) => describeDefinition(definition, { baseFolder }).problem);
    expect(
      problems.map((problem) => problem && [problem.key, problem.message, problem.mayAppear]),
    ).toEqual([
      undefined,
      ["command", "the program `tool` is not on PATH", false],
      ["command", `the program ${baseFolder}/gone does not exist`, true],
      ["command", `the program ${baseFolder}/data is not executable`, true],
      ["command", `the program ${baseFolder}/bin is a folder`, true],
      ["cwd", `the folder ${baseFolder}/gone does not exist`, true],
      ["cwd", `the folder ${baseFolder}/data is not a folder`, true],
    ]);
  });
});
