import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

// The folder is inside the package, so that the program can resolve its imports.
const reports = new URL("../test-results/", import.meta.url).pathname;
mkdirSync(reports, { recursive: true });
const folder = mkdtempSync(join(reports, "guide-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const guide = readFileSync(new URL("../../../docs/guide/langgraph.md", import.meta.url), "utf8");
const blockOf = (info: string): string =>
  new RegExp(`^\`\`\`${info}\n([^]*?)^\`\`\`$`, "m").exec(guide)?.[1] ?? "";

describe("the program in the guide", () => {
  test("is killed in its second node, resumes, and prints the output shown in the guide", () => {
    const program = join(folder, "graph.ts");
    writeFileSync(program, blockOf("ts langgraph"));
    const run = (...args: string[]) => {
      const { signal, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
        cwd: folder,
        encoding: "utf8",
      });
      return { signal, stdout, stderr };
    };
    expect(run("crash")).toEqual({ signal: "SIGKILL", stdout: "research runs\n", stderr: "" });
    expect(run()).toEqual({ signal: null, stdout: blockOf("text output"), stderr: "" });
  });
});
