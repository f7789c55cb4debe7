import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { axwFile, ndjson } from "./support/axw.js";
import { root } from "./support/root.js";
import { sandbox } from "./support/sandbox.js";

const example = (name: string): string => path.join(root, "examples", name);

/** Runs the built `axw`. `before` is the command to run it with: Node with flags, or strace. */
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

describe("axw on a restricted Node", () => {
  test("completes a workflow with templates, inputs and retries if `__proto__` is disabled", () => {
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

  // `run` is left out: the database driver generates code for its row readers.
  test.each(["validate", "plan", "graph"])(
    "prints the same output for axw %s if code generation from strings is disabled",
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

// Only strace shows which programs were started, so these tests are skipped without it.
describe.skipIf(!canTrace)("axw under strace", () => {
  test.each(["validate", "plan", "graph"])(
    "does not start a program or open a connection for %s",
    (verb) => {
      const { status, stderr } = run([...strace, process.execPath], sandbox(), [
        verb,
        example("repository-review.yaml"),
      ]);
      const calls = stderr.split("\n").filter((line) => /\b(execve|connect)\(/.test(line));
      // The only program started is Node itself.
      expect({
        status,
        calls: calls.map((line) => line.replace(/^.*?(execve|connect)\("?([^",]*).*$/, "$1 $2")),
      }).toEqual({
        status: 0,
        calls: [`execve ${process.execPath}`],
      });
    },
  );

  test("starts the agent's program for run, which shows that strace would detect one", () => {
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
