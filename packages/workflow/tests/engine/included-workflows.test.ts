import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  type AgentRequest,
  type EngineOptions,
  prepareWorkflowFile,
  WorkflowEngine,
} from "../../src/index.js";

/** A folder of its own with these files. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "included-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

async function open(options: EngineOptions): Promise<WorkflowEngine> {
  const engine = await WorkflowEngine.open(options);
  onTestFinished(() => engine.close());
  return engine;
}

const FILES = {
  "outer.yaml": `
id: outer
inputs: { repo: string }
context: { mood: outer }
steps:
  - { id: first, agentId: say, task: first }
  - { id: check, dependencies: [first], include: ./part.yaml, with: { path: "\${{ inputs.repo }}/\${{ steps.first.output }}" } }
  - { id: end, agentId: say, task: "\${{ steps.check.output.report }} \${{ steps.check.output.note }}", dependencies: [check] }
`,
  "part.yaml": `
id: part
inputs: { path: string, depth: { type: number, default: 3 } }
context: { mood: inner }
steps:
  - { id: scan, agentId: say, task: "scan \${{ inputs.path }} \${{ context.mood }}" }
  - { id: review, dependencies: [scan], gate: { ask: "Use \${{ inputs.path }}?", form: { note: string } } }
outputs: { report: "\${{ steps.scan.output }}", note: "\${{ steps.review.output.note }}" }
`,
};

describe("a run of a workflow that includes another", () => {
  test("gives agents the inputs and the context of the workflow that their step belongs to", async () => {
    const seen = new Map<string, unknown>();
    const agents = {
      say: ({ stepId, task, inputs, context, previousResults }: AgentRequest) => {
        seen.set(stepId, { inputs, context, previousResults });
        return task;
      },
    };
    const folder = folderOf(FILES);
    const engine = await open({ database: ":memory:", agents });
    const run = await engine.start(prepareWorkflowFile(join(folder, "outer.yaml")), {
      inputs: { repo: "r" },
    });
    expect(await run.ending).toMatchObject({ status: "paused", waitsFor: ["check.review"] });
    expect(Object.fromEntries(seen)).toEqual({
      first: { inputs: { repo: "r" }, context: { mood: "outer" }, previousResults: {} },
      "check.scan": {
        inputs: { path: "r/first", depth: 3 },
        context: { mood: "inner" },
        previousResults: {},
      },
    });
  });

  test("resumes in another process without the files, after an answer inside", async () => {
    const folder = folderOf(FILES);
    const database = join(folder, "runs.db");
    const agents = { say: ({ task }: AgentRequest) => task };
    const first = await open({ database, agents });
    const workflow = prepareWorkflowFile(join(folder, "outer.yaml"));
    const run = await first.start(workflow, { runId: "one", inputs: { repo: "r" } });
    await run.ending;
    await first.close();
    for (const name of Object.keys(FILES)) rmSync(join(folder, name));

    const second = await open({ database, agents });
    await expect(second.gates()).resolves.toMatchObject([
      { stepId: "check.review", ask: "Use r/first?" },
    ]);
    await second.answer("one", "check.review", { values: { note: "fine" } }, { resume: false });
    const resumed = await second.resume("one");
    expect(await resumed.ending).toMatchObject({
      status: "completed",
      results: {
        check: { report: "scan r/first inner", note: "fine" },
        end: "scan r/first inner fine",
      },
    });
  });

  test("fails at the step whose values do not fit, and calls no agent inside", async () => {
    const called: string[] = [];
    const agents = {
      say: ({ stepId, task }: AgentRequest) => {
        called.push(stepId);
        return stepId === "first" ? { an: "object" } : task;
      },
    };
    const outer = FILES["outer.yaml"].replace(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a template of the workflow.
      "${{ inputs.repo }}/${{ steps.first.output }}",
      "${{ steps.first.output }}",
    );
    const folder = folderOf({ ...FILES, "outer.yaml": outer });
    const engine = await open({ database: ":memory:", agents });
    const run = await engine.start(prepareWorkflowFile(join(folder, "outer.yaml")), {
      inputs: { repo: "r" },
    });
    expect(await run.ending).toMatchObject({
      status: "failed",
      error: "step `check` failed: `with`: `path` does not fit: $ must be a string, not an object",
    });
    expect(called).toEqual(["first"]);
  });

  test("refuses to start from a text that names files", async () => {
    const engine = await open({ database: ":memory:", agents: { say: () => "" } });
    await expect(
      engine.start("id: w\nsteps: [{ id: a, include: ./part.yaml }]"),
    ).rejects.toMatchObject({
      code: "invalid_definition",
      remedy: "pass the folder as `base` to `prepareWorkflow`",
    });
  });
});
