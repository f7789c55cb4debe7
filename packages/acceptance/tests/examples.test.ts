import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { axw, ndjson } from "./support/axw.js";
import { root } from "./support/root.js";
import { sandbox } from "./support/sandbox.js";

const files = readdirSync(path.join(root, "examples")).filter((name) =>
  /\.(yaml|json)$/.test(name),
);

interface Line {
  readonly type?: string;
  readonly stepId?: string;
  readonly name?: string;
  readonly status?: string;
  readonly results?: Readonly<Record<string, unknown>>;
}

/** Runs an example. Without `--agents`, only the agents that it does not define are simulated. */
async function runExample(
  name: string,
  agents?: string,
): Promise<{ lines: Line[]; stderr: string }> {
  const folder = sandbox();
  const fallback = path.join(folder, "fallback.yaml");
  writeFileSync(fallback, "agents:\n  '*': { preset: simulated }\n");
  const { stdout, stderr } = await axw(
    root,
    "run",
    `examples/${name}`,
    "--agents",
    agents ?? fallback,
    "--db",
    path.join(folder, "workflow.db"),
    "--json",
  );
  return { lines: ndjson<Line>(stdout), stderr };
}

describe("axw run examples/…", () => {
  test.each(files)("%s completes", async (name) => {
    const { lines, stderr } = await runExample(name);
    expect(lines.at(-1)?.status, stderr).toBe("completed");
  });

  test.each(files)("%s completes with simulated agents only", async (name) => {
    const { lines, stderr } = await runExample(name, "simulated");
    const { status, results = {} } = lines.at(-1) ?? {};
    const real = Object.entries(results).filter(
      ([, result]) => (result as { simulated?: unknown }).simulated !== true,
    );
    expect({ status, real }, stderr).toEqual({ status: "completed", real: [] });
  });

  test("retries settle, creates a checkpoint and writes a report (repository-review)", async () => {
    const { lines } = await runExample("repository-review.yaml");
    const { report, markdown } = (lines.at(-1)?.results?.["report"] ?? {}) as {
      report?: string;
      markdown?: string;
    };
    expect({
      // A file saved during the test causes another retry of `settle`, but never of another step.
      retried: [
        ...new Set(lines.filter(({ type }) => type === "step_retried").map(({ stepId }) => stepId)),
      ],
      checkpoints: lines
        .filter(({ type }) => type === "checkpoint_created")
        .map(({ name }) => name),
      written: readFileSync(path.join(root, report ?? "missing"), "utf8"),
      title: markdown?.split("\n")[0],
      tests: lines.at(-1)?.results?.["tests"],
    }).toEqual({
      retried: ["settle"],
      checkpoints: ["measured"],
      written: `${markdown}\n`,
      title: "# Review of this repository",
      tests: expect.objectContaining({ package: "schemas", failed: 0 }),
    });
  });
});

describe("examples/user-auth-workflow.yaml", () => {
  test("is the plan's example verbatim, with one comment at the top", () => {
    const text = readFileSync(path.join(root, "examples", "user-auth-workflow.yaml"), "utf8");
    expect(text.split("\n").filter((line) => line.startsWith("#"))).toHaveLength(1);
    expect(parse(text)).toEqual({
      id: "user-auth-workflow",
      name: "User Authentication System",
      version: "1.0.0",
      steps: [
        {
          id: "design",
          name: "Design API",
          agentId: "architecture",
          task: "Design user authentication API with JWT",
          dependencies: [],
        },
        {
          id: "backend",
          name: "Implement Backend",
          agentId: "backend",
          task: "Implement authentication endpoints",
          dependencies: ["design"],
        },
        {
          id: "frontend",
          name: "Implement Frontend",
          agentId: "frontend",
          task: "Create login UI",
          dependencies: ["design"],
          parallel: true,
        },
        {
          id: "tests",
          name: "Write Tests",
          agentId: "quality",
          task: "Write integration tests",
          dependencies: ["backend", "frontend"],
        },
        {
          id: "security",
          name: "Security Audit",
          agentId: "security",
          task: "Audit authentication system",
          dependencies: ["tests"],
        },
      ],
    });
  });
});
