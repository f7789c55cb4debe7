import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { axw, ndjson } from "./support/axw.js";
import { root } from "./support/root.js";
import { sandbox } from "./support/sandbox.js";

const files = readdirSync(path.join(root, "examples")).filter((name) => /\.(yaml|json)$/.test(name));

interface Line {
  readonly type?: string;
  readonly stepId?: string;
  readonly name?: string;
  readonly status?: string;
  readonly results?: Readonly<Record<string, unknown>>;
}

async function runExample(name: string): Promise<{ lines: Line[]; stderr: string }> {
  const database = path.join(sandbox(), "workflow.db");
  const { stdout, stderr } = await axw(root, "run", `examples/${name}`, "--agents", "simulated", "--db", database, "--json");
  return { lines: ndjson<Line>(stdout), stderr };
}

describe("axw run examples/…", () => {
  test.each(files)("%s completes", async (name) => {
    const { lines, stderr } = await runExample(name);
    expect(lines.at(-1)?.status, stderr).toBe("completed");
  });

  test("repository-review retries its first step once, keeps a checkpoint and writes its report", async () => {
    const { lines } = await runExample("repository-review.yaml");
    const { report, markdown } = (lines.at(-1)?.results?.["report"] ?? {}) as { report?: string; markdown?: string };
    expect({
      retried: lines.filter(({ type }) => type === "step_retried").map(({ stepId }) => stepId),
      checkpoints: lines.filter(({ type }) => type === "checkpoint_created").map(({ name }) => name),
      written: readFileSync(path.join(root, report ?? "missing"), "utf8"),
      title: markdown?.split("\n")[0],
    }).toEqual({ retried: ["settle"], checkpoints: ["measured"], written: `${markdown}\n`, title: "# Review of this repository" });
  });
});

describe("examples/user-auth-workflow.yaml", () => {
  test("is the plan's example, with one comment on top", () => {
    const [comment, ...lines] = readFileSync(path.join(root, "examples", "user-auth-workflow.yaml"), "utf8").split("\n");
    expect(comment).toMatch(/^# yaml-language-server: /);
    expect(lines.filter((line) => line.startsWith("  - id: "))).toEqual(
      ["design", "backend", "frontend", "tests", "security"].map((id) => `  - id: ${id}`),
    );
  });
});
