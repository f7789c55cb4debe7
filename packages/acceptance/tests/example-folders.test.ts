import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { axw, ndjson } from "./support/axw.js";
import { root } from "./support/root.js";
import { sandbox } from "./support/sandbox.js";

const examples = path.join(root, "examples");

/** The examples with a folder of their own: the workflow has the name of its test file. */
const folders = readdirSync(examples).filter((name) =>
  statSync(path.join(examples, name)).isDirectory()
    ? readdirSync(path.join(examples, name)).some((file) => file.endsWith(".test.yaml"))
    : false,
);
const workflows = folders.flatMap((folder) =>
  readdirSync(path.join(examples, folder))
    .filter((file) => file.endsWith(".test.yaml"))
    .map((file) => `examples/${folder}/${file.replace(".test.yaml", ".yaml")}`),
);

interface LastLine {
  readonly status?: string;
  readonly pausedFor?: string;
}

/** Runs a workflow until it has ended or waits for a person, and returns the last line. */
async function run(file: string, ...args: readonly string[]): Promise<LastLine> {
  const db = path.join(sandbox(), "workflow.db");
  const { stdout } = await axw(root, "run", file, "--db", db, "--json", "--no-ask", ...args);
  return ndjson<LastLine>(stdout).at(-1) ?? {};
}

describe("the examples with a folder of their own", () => {
  test("are at least six, each with a page that says how to run and test it", () => {
    const pages = folders.map((folder) => path.join(examples, folder, "README.md"));
    expect(pages.filter((page) => !existsSync(page))).toEqual([]);
    expect(folders.length).toBeGreaterThanOrEqual(6);
    for (const page of pages)
      expect(readFileSync(page, "utf8")).toMatch(/^axw run [^]*^axw test /m);
  });

  test.each(workflows)("%s has neither an error nor a warning", async (file) => {
    const { exitCode, stdout } = await axw(root, "validate", file);
    expect({ exitCode, lines: stdout.trim().split("\n").length }).toEqual({
      exitCode: 0,
      lines: 1,
    });
  });

  test.each(workflows)("%s has a plan and a graph", async (file) => {
    const plan = await axw(root, "plan", file);
    const graph = await axw(root, "graph", file);
    expect([plan.exitCode, graph.exitCode]).toEqual([0, 0]);
    expect(plan.stdout).toContain("critical path");
    expect(graph.stdout).toMatch(/^(flowchart|graph|digraph)/m);
  });

  test.each(folders)("every case in examples/%s passes", async (folder) => {
    const { exitCode, stdout } = await axw(root, "test", `examples/${folder}`);
    expect({ exitCode, failed: stdout.match(/^failed .*/gm) }).toEqual({
      exitCode: 0,
      failed: null,
    });
  });

  test.each(workflows)("%s runs to its end, or to a question", async (file) => {
    rmSync(path.join(root, ".ax", "tickets.jsonl"), { force: true });
    const { status, pausedFor } = await run(file);
    expect(status === "completed" || pausedFor === "waiting").toBe(true);
  });

  test.each(workflows)(
    "%s completes with simulated agents, or waits for an answer",
    async (file) => {
      const { status, pausedFor } = await run(file, "--agents", "simulated");
      expect(status === "completed" || pausedFor === "waiting").toBe(true);
    },
  );
});

describe("the library workflows", () => {
  const library = path.join(root, "packages", "workflow", "library");
  const names = readdirSync(library).map((file) => file.replace(/\.yaml$/, ""));

  test.each(names)("%s has neither an error nor a warning, and its cases pass", async (name) => {
    const file = `packages/workflow/tests/library/${name}.test.yaml`;
    const validated = await axw(root, "validate", path.join(library, `${name}.yaml`));
    const played = await axw(root, "test", file);
    expect({
      codes: [validated.exitCode, played.exitCode],
      lines: validated.stdout.trim().split("\n").length,
      failed: played.stdout.match(/^failed .*/gm),
    }).toEqual({ codes: [0, 0], lines: 1, failed: null });
  });
});
