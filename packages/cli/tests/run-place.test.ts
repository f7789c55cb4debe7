import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { WorkflowEngine } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { type Ended, Folder, ndjson } from "./harness/axw.js";

/** A workflow whose steps print their folder; the second fails until the folder has a file `ok`. */
const FLOW = `name: flow
agents:
  where: {command: [sh, -c, "test -e ok || test $AX_STEP_ID = one || exit 1; pwd"]}
steps:
  - {id: one, agentId: where, task: one, checkpoint: early}
  - {id: two, agentId: where, task: two, dependencies: [one]}
`;
const NAMELESS = "name: nameless\nsteps: [{id: one, agentId: who, task: one}]\n";
const TEAM = "agents: {who: {command: [sh, -c, 'test -e ok && echo team in $(pwd)']}}\n";
const OTHERS = "agents: {who: {command: [sh, -c, 'echo others in $(pwd)']}}\n";

/** A folder with the folders `project`, which contains these files, and `elsewhere`. */
function places(files: Readonly<Record<string, string>>): Folder & { project: string } {
  const folder = new Folder();
  const project = join(folder.path, "project");
  for (const name of [project, join(folder.path, "elsewhere")]) mkdirSync(name);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
  return Object.assign(folder, { project });
}

const DB = ["--db", "../runs.db"];

/** The results by step id, and the lines that say where the run continues. */
function outcome({ code, stdout }: Ended) {
  const lines = stdout.split("\n");
  return {
    code,
    said: lines.filter((line) => /^(folder|agents) /.test(line)),
    results: lines.flatMap((line) => /^completed +(?:one|two) .*"(.*)"$/.exec(line)?.[1] ?? []),
  };
}

const nextOf = ({ stderr }: Ended): string | undefined => /^next {3}(.*)$/m.exec(stderr)?.[1];

describe("a run that is resumed from another folder", () => {
  test.each([
    ["axw resume RUN", ["resume", "r"]],
    ["axw run --run-id RUN", ["run", "../project/flow.yaml", "--run-id", "r"]],
  ])("continues in the folder where it was started, and says so: %s", async (_, args) => {
    const folder = places({ "flow.yaml": FLOW });
    await folder.hereIn("project", ["run", "flow.yaml", "--run-id", "r", ...DB]);
    writeFileSync(join(folder.project, "ok"), "");
    expect(outcome(await folder.hereIn("elsewhere", [...args, ...DB]))).toEqual({
      code: 0,
      said: [`folder ${folder.project}, where the run was started; --here uses the current folder`],
      results: [folder.project],
    });
  });

  test("continues there from a checkpoint too", async () => {
    const folder = places({ "flow.yaml": FLOW });
    await folder.hereIn("project", ["run", "flow.yaml", "--run-id", "r", ...DB]);
    writeFileSync(join(folder.project, "ok"), "");
    const { stdout } = await folder.hereIn("project", ["checkpoint", "list", "r", "--json", ...DB]);
    const ids = ndjson(stdout).map(({ checkpointId }) => String(checkpointId));
    const resumed = await folder.hereIn("elsewhere", ["resume", ids[0] ?? "", ...DB]);
    expect(outcome(resumed)).toMatchObject({ code: 0, results: [folder.project] });
  });

  test("says nothing about folders in the folder where it was started", async () => {
    const folder = places({ "flow.yaml": FLOW });
    await folder.hereIn("project", ["run", "flow.yaml", "--run-id", "r", ...DB]);
    writeFileSync(join(folder.project, "ok"), "");
    const { stdout } = await folder.hereIn("project", ["resume", "r", ...DB]);
    expect(stdout).not.toMatch(/^(folder|agents) /m);
  });

  test("works in the current folder with --here", async () => {
    const folder = places({ "flow.yaml": FLOW });
    await folder.hereIn("project", ["run", "flow.yaml", "--run-id", "r", ...DB]);
    const failed = await folder.hereIn("elsewhere", ["resume", "r", "--here", ...DB]);
    expect([failed.code, nextOf(failed)]).toEqual([1, "axw resume r --here --db ../runs.db"]);
    writeFileSync(join(folder.path, "elsewhere", "ok"), "");
    expect(outcome(await folder.hereIn("elsewhere", ["resume", "r", "--here", ...DB]))).toEqual({
      code: 0,
      said: ["folder the current one, not the one where the run was started"],
      results: [join(folder.path, "elsewhere")],
    });
  });

  test.each([
    ["the current one is used", OTHERS, "agents agents.yaml, not AT as at the start of the run"],
    ["none is used", undefined, "agents AT is not used, although it was at the start of the run"],
  ])("names its agents file if --here replaces it: %s", async (_, others, said) => {
    const own = "agents: {who: {command: [sh, -c, exit 1]}}\n";
    const folder = places({ "flow.yaml": others === undefined ? own + NAMELESS : NAMELESS });
    const team = join(folder.project, "agents.yaml");
    writeFileSync(team, "agents: {who: {command: [sh, -c, exit 1]}}\n");
    await folder.hereIn("project", ["run", "flow.yaml", "--run-id", "r", ...DB]);
    if (others !== undefined) writeFileSync(join(folder.path, "elsewhere/agents.yaml"), others);
    const ended = await folder.hereIn("elsewhere", ["resume", "r", "--here", ...DB]);
    expect(outcome(ended).said).toEqual([
      "folder the current one, not the one where the run was started",
      said.replace("AT", team),
    ]);
  });

  test("suggests its agents file if --here finds no agent", async () => {
    const folder = places({ "flow.yaml": NAMELESS, "agents.yaml": TEAM });
    await folder.hereIn("project", ["run", "flow.yaml", "--run-id", "r", ...DB]);
    const refused = await folder.hereIn("elsewhere", ["resume", "r", "--here", ...DB]);
    const team = join(folder.project, "agents.yaml");
    const line = `axw resume r --here --agents ${team} --db ../runs.db`;
    expect([refused.code, nextOf(refused)]).toEqual([2, line]);
    writeFileSync(join(folder.path, "elsewhere", "ok"), "");
    const ended = await folder.hereIn("elsewhere", line.split(" ").slice(1));
    expect(ended.code).toBe(0);
  });

  test("that is a file now is named as such by show", async () => {
    const folder = places({ "flow.yaml": FLOW, "agents.yaml": TEAM });
    await folder.hereIn("project", ["run", "flow.yaml", "--run-id", "r", ...DB]);
    rmSync(folder.project, { recursive: true });
    writeFileSync(folder.project, "");
    const shown = await folder.hereIn("elsewhere", ["show", "r", ...DB]);
    expect(shown.stdout).toContain(`folder   ${folder.project} (it is not a folder)`);
  });

  test("starts nothing if that folder is gone, and names the remedy", async () => {
    const folder = places({ "flow.yaml": FLOW });
    await folder.hereIn("project", ["run", "flow.yaml", "--run-id", "r", ...DB]);
    rmSync(folder.project, { recursive: true });
    const refused = await folder.hereIn("elsewhere", ["resume", "r", ...DB]);
    expect([refused.code, refused.stdout, nextOf(refused)]).toEqual([
      2,
      "",
      "axw resume r --here --db ../runs.db",
    ]);
    expect(refused.stderr.replace(/\s+/g, " ")).toContain(
      `run_not_resumable Run r was started in the folder ${folder.project}, which no longer ` +
        "exists. Nothing was started. Restore the folder. Or resume the run with --here, so that " +
        "its agents work in the current folder.",
    );
    const shown = await folder.hereIn("elsewhere", ["show", "r", ...DB]);
    expect(shown.stdout).toContain(`folder   ${folder.project} (it no longer exists)`);
  });

  test("continues in the current folder if the program that started it gave none", async () => {
    const folder = places({ ok: "" });
    const database = join(folder.path, "runs.db");
    const engine = await WorkflowEngine.open({
      database,
      agents: { where: () => Promise.reject(new Error("not yet")) },
    });
    await (await engine.start(FLOW, { runId: "r" })).ending;
    await engine.close();
    const ended = await folder.axw(["resume", "r", "--db", "runs.db"]);
    expect(outcome(ended)).toEqual({ code: 1, said: [], results: [folder.path] });
  });
});

describe("a run in a copy of its project", () => {
  test.each([
    ["axw resume RUN", ["resume", "r"]],
    ["axw run --run-id RUN", ["run", "flow.yaml", "--run-id", "r"]],
  ])("works on the copy, and says so: %s", async (_, args) => {
    const folder = places({ "flow.yaml": FLOW });
    await folder.hereIn("project", ["run", "flow.yaml", "--run-id", "r"]);
    const copy = join(folder.path, "copy");
    cpSync(folder.project, copy, { recursive: true });
    writeFileSync(join(copy, "ok"), "");
    const shown = await folder.hereIn("copy", ["show", "r"]);
    expect(shown.stdout).toContain(
      `folder   ${copy}\n         a copy of ${folder.project}, where the run was started\n` +
        "file     flow.yaml\n",
    );
    expect(outcome(await folder.hereIn("copy", args))).toEqual({
      code: 0,
      said: [`folder ${copy}, in this copy of the project in which the run was started`],
      results: [copy],
    });
    // The original can be continued independently.
    writeFileSync(join(folder.project, "ok"), "");
    expect(outcome(await folder.hereIn("project", ["resume", "r"]))).toEqual({
      code: 0,
      said: [],
      results: [folder.project],
    });
  });

  test("is not assumed for a database that was chosen with --db", async () => {
    const folder = places({ "flow.yaml": FLOW });
    mkdirSync(join(folder.path, "shared/.ax"), { recursive: true });
    const db = ["--db", join(folder.path, "shared/.ax/workflow.db")];
    await folder.hereIn("project", ["run", "flow.yaml", "--run-id", "other"]);
    await folder.hereIn("project", ["run", "flow.yaml", "--run-id", "r", ...db]);
    writeFileSync(join(folder.project, "ok"), "");
    const resumed = await folder.hereIn("elsewhere", ["resume", "r", ...db]);
    expect(outcome(resumed)).toMatchObject({ code: 0, results: [folder.project] });
  });
});

describe("the agents file of a run", () => {
  test("is used again on resume, not the one of the current folder", async () => {
    const folder = places({ "flow.yaml": NAMELESS, "agents.yaml": TEAM });
    await folder.hereIn("project", ["run", "flow.yaml", "--run-id", "r", ...DB]);
    writeFileSync(join(folder.project, "ok"), "");
    writeFileSync(join(folder.path, "elsewhere", "agents.yaml"), OTHERS);
    const file = join(folder.project, "agents.yaml");
    expect(outcome(await folder.hereIn("elsewhere", ["resume", "r", ...DB]))).toEqual({
      code: 0,
      said: [
        `folder ${folder.project}, where the run was started; --here uses the current folder`,
        `agents ${file}, as at the start of the run; agents.yaml is not used (--agents agents.yaml)`,
      ],
      results: [`team in ${folder.project}`],
    });
  });

  test("is replaced by one that is given with --agents, and a line says so", async () => {
    const folder = places({ "flow.yaml": NAMELESS, "team.yaml": TEAM, "others.yaml": OTHERS });
    await folder.hereIn("project", [
      "run",
      "flow.yaml",
      "--agents",
      "team.yaml",
      "--run-id",
      "r",
      ...DB,
    ]);
    expect(
      outcome(await folder.hereIn("project", ["resume", "r", "--agents", "others.yaml", ...DB])),
    ).toEqual({
      code: 0,
      said: ["agents others.yaml, not team.yaml as at the start of the run"],
      results: [`others in ${folder.project}`],
    });
  });

  test("is read again: a run that continues uses what it contains now", async () => {
    const folder = places({ "flow.yaml": NAMELESS, "team.yaml": TEAM });
    await folder.hereIn("project", [
      "run",
      "flow.yaml",
      "--agents",
      "team.yaml",
      "--run-id",
      "r",
      ...DB,
    ]);
    writeFileSync(join(folder.project, "team.yaml"), OTHERS);
    expect(outcome(await folder.hereIn("project", ["resume", "r", ...DB]))).toMatchObject({
      code: 0,
      results: [`others in ${folder.project}`],
    });
  });

  test("must still exist: without it, nothing starts and the error names the remedy", async () => {
    const folder = places({ "flow.yaml": NAMELESS, "team.yaml": TEAM, "others.yaml": OTHERS });
    await folder.hereIn("project", [
      "run",
      "flow.yaml",
      "--agents",
      "team.yaml",
      "--run-id",
      "r",
      ...DB,
    ]);
    rmSync(join(folder.project, "team.yaml"));
    const refused = await folder.hereIn("project", ["resume", "r", ...DB]);
    expect([refused.code, refused.stdout, nextOf(refused)]).toEqual([
      2,
      "",
      "axw resume r --agents FILE --db ../runs.db",
    ]);
    expect(refused.stderr.replace(/\s+/g, " ")).toContain(
      `was started with the agents file ${join(folder.project, "team.yaml")}, which no longer ` +
        "exists. Nothing was started. Restore the agents file. Or pass another one with --agents FILE.",
    );
    const given = await folder.hereIn("project", ["resume", "r", "--agents", "others.yaml", ...DB]);
    expect(given.code).toBe(0);
  });

  test("of another folder is never used without saying so", async () => {
    const folder = places({ "flow.yaml": NAMELESS, "agents.yaml": OTHERS });
    const elsewhere = join(folder.path, "elsewhere");
    const file = join(folder.project, "agents.yaml");
    const run = ["run", "../project/flow.yaml"];
    expect(outcome(await folder.hereIn("elsewhere", [...run, ...DB]))).toEqual({
      code: 0,
      said: [`agents ${file}, beside the workflow file`],
      results: [`others in ${elsewhere}`],
    });
  });

  test("that appeared since is used, and a line says so", async () => {
    const folder = places({ "flow.yaml": FLOW });
    await folder.hereIn("project", ["run", "flow.yaml", "--run-id", "r", ...DB]);
    writeFileSync(join(folder.project, "agents.yaml"), OTHERS.replace("who", "where"));
    const resumed = await folder.hereIn("elsewhere", ["resume", "r", ...DB]);
    const file = join(folder.project, "agents.yaml");
    expect(outcome(resumed).said[1]).toBe(
      `agents ${file}, which was not used at the start of the run`,
    );
  });
});

describe("axw show", () => {
  test("names the folder, the workflow file and the agents file of a run", async () => {
    const folder = places({ "flow.yaml": NAMELESS, "agents.yaml": OTHERS });
    await folder.hereIn("project", ["run", "flow.yaml", "--run-id", "r", ...DB]);
    const { stdout } = await folder.hereIn("elsewhere", ["show", "r", ...DB]);
    expect(stdout.split("\n").filter((line) => /^(folder|file|agents) /.test(line))).toEqual([
      `folder   ${folder.project}`,
      `file     ${join(folder.project, "flow.yaml")}`,
      `agents   ${join(folder.project, "agents.yaml")}`,
    ]);
    const json = await folder.hereIn("elsewhere", ["show", "r", "--json", ...DB]);
    expect(ndjson(json.stdout)[0]?.["run"]).toMatchObject({
      startedFrom: {
        directory: folder.project,
        file: join(folder.project, "flow.yaml"),
        agentsFile: join(folder.project, "agents.yaml"),
      },
    });
  });
});
