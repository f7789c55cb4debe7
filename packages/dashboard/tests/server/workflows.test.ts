import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { agentReply, prepareWorkflowFile } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import type { Diff, Plan, Workflow, WorkflowList } from "../../src/api/workflow.schema.js";
import { Served } from "../support/served.js";

const FLOW = `id: notes
version: "1.0.0"
inputs:
  topic: { type: string, description: What to write about }
steps:
  - { id: collect, agentId: reader, task: "Collect \${{ inputs.topic }}" }
  - { id: write, agentId: writer, task: "Write \${{ steps.collect.output }}", dependencies: [collect] }
`;

const agents = {
  reader: () => agentReply({ result: "facts", usage: { usd: 0.25 } }),
  writer: () => agentReply({ result: "text", usage: { usd: 0.5 } }),
};

/** A served folder with the file `flows/notes.yaml`, which has run to its end. */
async function ranOnce(
  served: Served,
  source = FLOW,
): Promise<{ file: string; runId: string; startedAt: number }> {
  mkdirSync(path.join(served.folder, "flows"), { recursive: true });
  const file = path.join(served.folder, "flows", "notes.yaml");
  writeFileSync(file, source);
  const engine = await served.engine(agents);
  const run = await engine.start(prepareWorkflowFile(file), {
    inputs: { topic: "cats" },
    startedFrom: { file, directory: served.folder },
  });
  await run.ending;
  const { createdAt: startedAt } = engine.storage.getRun(run.id) ?? { createdAt: 0 };
  return { file, runId: run.id, startedAt };
}

describe("GET /workflows", () => {
  test("lists the workflows that ran, and the files that never did", async () => {
    await using served = new Served();
    const { startedAt: started } = await ranOnce(served);
    const write = (name: string, text: string): void =>
      writeFileSync(path.join(served.folder, name), text);
    write("fresh.yml", FLOW.replace("id: notes", "id: fresh"));
    write("data.json", '{"steps": [{"id": "a", "agentId": "b", "task": "c"}]}');
    write("agents.yaml", "agents:\n  reader: { command: [cat] }\n");
    write("package.json", '{"name": "x"}');
    write("notes.test.yaml", "workflow: notes.yaml\ncases:\n  - steps: {}\n");
    mkdirSync(path.join(served.folder, "node_modules"));
    write("node_modules/other.yaml", FLOW);
    mkdirSync(path.join(served.folder, ".hidden"));
    write(".hidden/other.yaml", FLOW);

    const list = await served.dashboard().get<WorkflowList>("/workflows");

    const { lastRunAt, ...workflow } = list.workflows[0] ?? { lastRunAt: null };
    expect(list.workflows).toHaveLength(1);
    expect(lastRunAt).toBe(started);
    expect(workflow).toEqual({
      workflowId: "notes",
      name: "notes",
      version: "1.0.0",
      stepCount: 2,
      runs: 1,
      failed: 0,
      open: 0,
      file: path.join("flows", "notes.yaml"),
    });
    expect(list.files).toEqual(["data.json", "fresh.yml"]);
  });

  test("an empty folder and an empty database have none", async () => {
    await using served = new Served();
    await served.engine(agents);
    const list = await served.dashboard().get<WorkflowList>("/workflows");
    expect([list.workflows, list.files]).toEqual([[], []]);
  });
});

describe("GET /workflows/:workflow", () => {
  test("a workflow that ran has its file, its version, its history and its inputs", async () => {
    await using served = new Served();
    const { runId } = await ranOnce(served);
    const workflow = await served.dashboard().get<Workflow>("/workflows/notes");
    const [version] = workflow.versions;
    expect(workflow).toMatchObject({
      workflowId: "notes",
      name: "notes",
      file: path.join("flows", "notes.yaml"),
      onDisk: { source: FLOW, isSameAsLast: true, issues: [] },
      stored: [{ hash: version?.hash, version: "1.0.0", source: FLOW, format: "yaml" }],
      versions: [{ version: "1.0.0", runs: 1, usd: 0.75 }],
      history: [{ runId, status: "completed", usd: 0.75 }],
      inputs: {
        type: "object",
        properties: { topic: { type: "string", description: "What to write about" } },
        required: ["topic"],
      },
      canRun: { can: true, command: "axw run flows/notes.yaml" },
      commands: {
        run: "axw run flows/notes.yaml",
        validate: "axw validate --fix flows/notes.yaml",
      },
    });
    expect(workflow.commands.plan).toMatch(/^axw plan flows\/notes\.yaml --run \w{6}$/);
  });

  test("a file with errors shows them at their places, and cannot be run", async () => {
    await using served = new Served();
    const { file } = await ranOnce(served);
    writeFileSync(file, FLOW.replace("agentId: writer", "agnetId: writer"));
    const { onDisk, canRun, stored } = await served.dashboard().get<Workflow>("/workflows/notes");
    const [issue] = onDisk?.issues ?? [];
    expect(onDisk?.isSameAsLast).toBe(false);
    expect(issue).toMatchObject({ severity: "error", line: 7, column: 18, fix: "agentId" });
    expect(onDisk?.source.split("\n")[6]?.slice(17, (issue?.endColumn ?? 0) - 1)).toBe("agnetId");
    expect(canRun).toMatchObject({ can: false, because: "Correct the error of the file first." });
    expect(stored.map(({ source }) => source)).toEqual([FLOW]);
  });

  test("a file that never ran is found by its path", async () => {
    await using served = new Served();
    await served.engine(agents);
    mkdirSync(path.join(served.folder, "a b"));
    writeFileSync(path.join(served.folder, "a b", "new.yaml"), FLOW);
    const id = encodeURIComponent(path.join("a b", "new.yaml"));
    const workflow = await served.dashboard().get<Workflow>(`/workflows/${id}`);
    expect(workflow).toMatchObject({
      workflowId: "notes",
      file: path.join("a b", "new.yaml"),
      stored: [],
      versions: [],
      history: [],
      canRun: { can: true },
    });
  });

  test("a file that went away leaves what was stored", async () => {
    await using served = new Served();
    const { file } = await ranOnce(served);
    rmSync(file);
    const workflow = await served.dashboard().get<Workflow>("/workflows/notes");
    expect(workflow).toMatchObject({
      onDisk: null,
      stored: [{ source: FLOW }],
      canRun: { can: false, because: "Its file is not in the folder of this server." },
    });
    expect(workflow.file).toBeUndefined();
  });

  test("a server that only shows runs says that it starts none", async () => {
    await using served = new Served();
    await ranOnce(served);
    const { canRun } = await served
      .dashboard({ isReadOnly: true })
      .get<Workflow>("/workflows/notes");
    expect(canRun).toMatchObject({ can: false, because: "This server only shows runs." });
  });

  test.each([
    ["an unknown id", () => "nowhere"],
    ["a file outside of the folder", () => "../outside.yaml"],
    ["an absolute path", (served: Served) => path.join(path.dirname(served.folder), "x.yaml")],
    ["a link that leads out", () => "link.yaml"],
    ["a file that is no workflow", () => "package.json"],
    ["a file that is hidden", () => ".secret.yaml"],
    ["a file of another kind", () => "notes.txt"],
    ["a folder", () => "folder.yaml"],
  ])("%s is not found", async (_, idOf) => {
    await using served = new Served();
    await served.engine(agents);
    const write = (name: string, text: string): void =>
      writeFileSync(path.join(served.folder, name), text);
    write("package.json", '{"name": "x"}');
    write(".secret.yaml", FLOW);
    write("notes.txt", FLOW);
    mkdirSync(path.join(served.folder, "folder.yaml"));
    await using other = new Served();
    const outside = path.join(other.folder, "outside.yaml");
    writeFileSync(outside, FLOW);
    symlinkSync(outside, path.join(served.folder, "link.yaml"));
    const id = encodeURIComponent(idOf(served));
    expect(await served.dashboard().outcome(`/workflows/${id}`)).toMatchObject({
      status: 404,
      body: { code: "workflow_not_found" },
    });
  });
});

describe("GET /workflows/:workflow/plan", () => {
  test("without a run, every step is to be run", async () => {
    await using served = new Served();
    await served.engine(agents);
    const text = `${FLOW}  - { id: ok, gate: { ask: "Publish?" }, dependencies: [write] }\n`;
    writeFileSync(path.join(served.folder, "new.yaml"), text);
    const plan = await served.dashboard().get<Plan>("/workflows/new.yaml/plan");
    expect(plan).toEqual({
      steps: [
        { step: "collect", verdict: "run", why: "" },
        { step: "write", verdict: "run", why: "" },
        { step: "ok", verdict: "asks", why: "" },
      ],
      launches: { least: 2, most: 2 },
      longestPath: { steps: ["collect", "write", "ok"] },
      command: "axw plan new.yaml",
    });
  });

  test("against a run, it says what keeps its result, why not, and what that cost", async () => {
    await using served = new Served();
    const { file, runId } = await ranOnce(served);
    writeFileSync(file, FLOW.replace('task: "Write', 'task: "Write well'));
    const plan = await served.dashboard().get<Plan>(`/workflows/notes/plan?run=${runId}`);
    expect(plan).toMatchObject({
      runId,
      steps: [
        { step: "collect", verdict: "kept", why: "", usd: 0.25 },
        { step: "write", verdict: "stale", why: "its task changed", usd: 0.5 },
      ],
      launches: { least: 1, most: 1 },
      usd: { amount: 0.5, isAtLeast: false },
      longestPath: { steps: ["write"] },
    });
  });

  test("a file with errors is planned as it last ran", async () => {
    await using served = new Served();
    const { file, runId } = await ranOnce(served);
    writeFileSync(file, "steps: []\n");
    const plan = await served.dashboard().get<Plan>(`/workflows/notes/plan?run=${runId}`);
    expect(plan.steps.map(({ verdict }) => verdict)).toEqual(["kept", "kept"]);
  });

  test("a stored version that needs other files cannot be planned without them", async () => {
    await using served = new Served();
    mkdirSync(path.join(served.folder, "flows"), { recursive: true });
    const inner = path.join(served.folder, "flows", "inner.yaml");
    writeFileSync(inner, FLOW.replace("id: notes", "id: inner"));
    const outer = `id: notes
inputs: { topic: { type: string } }
steps:
  - { id: all, include: inner.yaml, with: { topic: "\${{ inputs.topic }}" } }
`;
    const { file, runId } = await ranOnce(served, outer);
    writeFileSync(file, "steps: []\n");
    const dashboard = served.dashboard();
    const plan = await dashboard.get<Plan>(`/workflows/notes/plan?run=${runId}`);
    expect(plan.steps.map(({ verdict }) => verdict)).toEqual(["kept", "kept"]);
    rmSync(inner);
    expect(await dashboard.outcome(`/workflows/notes/plan?run=${runId}`)).toMatchObject({
      status: 422,
      body: { code: "invalid_definition" },
    });
  });

  test("a file with errors that never ran cannot be planned", async () => {
    await using served = new Served();
    await served.engine(agents);
    writeFileSync(path.join(served.folder, "bad.yaml"), "id: bad\nsteps: [{ id: a }]\n");
    expect(await served.dashboard().outcome("/workflows/bad.yaml/plan")).toMatchObject({
      status: 422,
      body: { code: "invalid_definition" },
    });
  });

  test("an unknown run is not found", async () => {
    await using served = new Served();
    await ranOnce(served);
    expect(await served.dashboard().outcome("/workflows/notes/plan?run=nowhere")).toMatchObject({
      status: 404,
      body: { code: "run_not_found" },
    });
  });
});

describe("GET /workflows/:workflow/diff", () => {
  test("compares the file with the version that ran, by line and by meaning", async () => {
    await using served = new Served();
    const { file } = await ranOnce(served);
    const changed = FLOW.replace("agentId: reader", "agentId: writer");
    writeFileSync(file, changed);
    const dashboard = served.dashboard();
    const { versions } = await dashboard.get<Workflow>("/workflows/notes");
    const hash = versions[0]?.hash ?? "";
    const diff = await dashboard.get<Diff>(`/workflows/notes/diff?from=${hash}&to=disk`);
    const lines = FLOW.trimEnd().split("\n");
    expect(diff).toEqual({
      from: hash,
      to: "disk",
      changes: ["collect: agentId"],
      lines: lines.flatMap((line, index) =>
        index === 5
          ? [
              ["-", line],
              ["+", line.replace("reader", "writer")],
            ]
          : [[" ", line]],
      ),
    });
  });

  test("an unknown version is not found", async () => {
    await using served = new Served();
    await ranOnce(served);
    expect(await served.dashboard().outcome("/workflows/notes/diff?from=x&to=disk")).toMatchObject({
      status: 404,
      body: { code: "workflow_not_found" },
    });
  });
});
