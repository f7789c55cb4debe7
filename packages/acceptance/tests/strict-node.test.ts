import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { axwFile, ndjson } from "./support/axw.js";
import { root } from "./support/root.js";
import { sandbox } from "./support/sandbox.js";

const example = (name: string): string => path.join(root, "examples", name);

/** The built `axw` to its end, with `before` in front of it: flags of Node, or a program that looks on. */
function run(
  before: readonly string[],
  cwd: string,
  args: readonly string[],
): { status: number | null; stdout: string; stderr: string } {
  const [program = process.execPath, ...rest] = [...before, axwFile, ...args];
  return spawnSync(program, rest, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
}

describe("under a Node that forbids", () => {
  test("prototypes to be reached as `__proto__`, a workflow with templates, inputs and retries runs as ever", () => {
    const database = path.join(sandbox(), "workflow.db");
    const { stdout, stderr } = run([process.execPath, "--disable-proto=throw"], root, [
      ...[
        "run",
        example("release-notes.yaml"),
        "--agents",
        "simulated",
        "--json",
        "--db",
        database,
      ],
    ]);
    expect(ndjson<{ status?: string }>(stdout).at(-1)?.status, stderr).toBe("completed");
  });

  // Not `run`: the database driver makes its readers of rows from text.
  test.each(["validate", "plan", "graph"])(
    "code to be made from text, axw %s answers the same",
    (verb) => {
      const [strict, usual] = [["--disallow-code-generation-from-strings"], []].map((flags) =>
        run([process.execPath, ...flags], root, [verb, example("release-notes.yaml")]),
      );
      expect(strict).toMatchObject({ status: 0, stdout: usual?.stdout, stderr: usual?.stderr });
    },
  );
});

const strace = ["strace", "-f", "-qq", "-e", "trace=execve,connect"];
const canTrace =
  process.platform === "linux" &&
  spawnSync(strace[0] ?? "", [...strace.slice(1), "true"]).status === 0;

// Without `strace` nothing tells what was started: the reports then say skipped.
describe.skipIf(!canTrace)("to look at a file starts no program and calls nobody", () => {
  test.each(["validate", "plan", "graph"])("axw %s", (verb) => {
    const { status, stderr } = run([...strace, process.execPath], sandbox(), [
      verb,
      example("repository-review.yaml"),
    ]);
    const calls = stderr.split("\n").filter((line) => /\b(execve|connect)\(/.test(line));
    // Node itself is the one program.
    expect({
      status,
      calls: calls.map((line) => line.replace(/^.*?(execve|connect)\("?([^",]*).*$/, "$1 $2")),
    }).toEqual({
      status: 0,
      calls: [`execve ${process.execPath}`],
    });
  });

  test("and to run one starts its program: what is looked for here would be seen", () => {
    const folder = sandbox();
    writeFileSync(
      path.join(folder, "w.yaml"),
      "id: w\nagents: { n: { command: [node, -v] } }\nsteps: [{ id: a, agentId: n, task: t }]\n",
    );
    const { status, stderr } = run([...strace, process.execPath], folder, ["run", "w.yaml"]);
    expect([
      status,
      stderr.split("\n").some((line) => /execve\(.*"node", "-v"/.test(line)),
    ]).toEqual([0, true]);
  });
});
