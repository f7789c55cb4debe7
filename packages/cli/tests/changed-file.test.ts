import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { main } from "../src/main.js";
import { type Ended, Folder, ndjson } from "./harness/axw.js";
import { FakeIo } from "./harness/FakeIo.js";

const BEFORE = `id: release
agents:
  sh: {command: [sh, -c, "exit 3"]}
steps:
  - {id: build, agentId: ok, task: build}
  - {id: deploy, agentId: sh, task: deploy, dependencies: [build]}
`;
const BUILD = "agents: {ok: {command: [echo, built]}}\n";
/** Another command and another task for one step. */
const AFTER = BEFORE.replace("exit 3", "echo deployed").replace(
  "task: deploy",
  "task: deploy it all",
);
const CHANGED = "the file has changed since (deploy: command, task); this run keeps the old one";

const nextOf = ({ stdout, stderr }: Ended): string | undefined =>
  /^next {3}(.*)$/m.exec(`${stderr}${stdout}`)?.[1];

/** The command that runs the file as it is now. A long one is continued on the next line. */
const againIn = ({ stdout }: Ended): string | undefined =>
  /^ +to run the new one: ([^]*?)\n(?! {10})/m.exec(stdout)?.[1]?.replace(/\n +/g, " ");

/** A folder whose run `r` of `flow.yaml` has failed; then the file has this text. */
async function failed(after: string | undefined, before = BEFORE): Promise<Folder> {
  const folder = new Folder({ "flow.yaml": before, "agents.yaml": BUILD });
  expect((await folder.here(["run", "flow.yaml", "--run-id", "r"])).code).toBe(1);
  if (after === undefined) rmSync(join(folder.path, "flow.yaml"));
  else folder.write("flow.yaml", after);
  return folder;
}

describe("a workflow file that was changed after its run had failed", () => {
  test("is named by resume, with what changed and what helps, and the next line does not loop", async () => {
    const folder = await failed(AFTER);
    const resumed = await folder.here(["resume", "r"]);
    expect(resumed.stdout).toContain(
      `\nfile   flow.yaml: ${CHANGED}\n       to run the new one: axw run flow.yaml\n`,
    );
    expect([resumed.code, nextOf(resumed)]).toEqual([1, "axw amend r flow.yaml"]);
    expect((await folder.here(["amend", "r", "flow.yaml"])).code).toBe(0);
  });

  test("is named by show, whose next line amends the run with it", async () => {
    const folder = await failed(AFTER);
    const shown = await folder.here(["show", "r"]);
    expect(shown.stdout).toContain(
      `file     flow.yaml\n         ${CHANGED}\n         to run the new one: axw run flow.yaml\n`,
    );
    expect(nextOf(shown)).toBe("axw amend r flow.yaml");
    expect(nextOf(await folder.here(["why", "r"]))).toBe("axw amend r flow.yaml");
    const [json] = ndjson((await folder.here(["show", "r", "--json"])).stdout);
    expect(json?.["workflowFile"]).toEqual({
      state: "changed",
      changes: {
        added: [],
        removed: [],
        changed: [{ stepId: "deploy", keys: ["command", "task"] }],
        workflow: [],
      },
    });
  });

  test("is not spoken of if the run was amended with another file, which a resume continues", async () => {
    const folder = await failed(BEFORE);
    folder.write("other.yaml", BEFORE.replace("task: deploy", "task: deploy it all"));
    const amended = await folder.here(["amend", "r", "other.yaml"]);
    const shown = await folder.here(["show", "r"]);
    expect([amended, shown].map((ended) => [ended.code, nextOf(ended)])).toEqual([
      [1, "axw resume r"],
      [0, "axw resume r"],
    ]);
    expect(shown.stdout).not.toContain("has changed since");
    folder.write("flow.yaml", AFTER);
    expect((await folder.here(["show", "r"])).stdout).toContain("has changed since");
  });

  test("is not spoken of in a run of only one step of it", async () => {
    const folder = await failed(BEFORE);
    const only = ["run", "flow.yaml", "--from", "r", "--only", "build", "--run-id", "one"];
    expect((await folder.here(only)).stdout).not.toContain("has changed since");
  });

  test("is marked by list", async () => {
    const folder = await failed(AFTER);
    const listed = await folder.here(["list"]);
    expect(listed.stdout).toMatch(/^r +✖ failed .* file changed; .*deploy failed: program/m);
    const [json] = ndjson((await folder.here(["list", "--json"])).stdout);
    expect(json).toMatchObject({ runId: "r", workflowFile: { state: "changed" } });
  });

  test.each([
    [80, "file changed; 1 failed; deploy failed: program `sh` exited with code 3"],
    [40, "file changed; program … code 3"],
  ])("is marked by list on a terminal of %i columns, before the reason", async (columns, note) => {
    const folder = await failed(AFTER);
    const io = new FakeIo({ cwd: folder.path, terminal: { columns, rows: 30 } });
    expect(await main(["list"], io)).toBe(0);
    const lines = stripVTControlCharacters(io.out.text).split("\n");
    expect(lines[2]?.trim()).toBe(note);
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
  });

  test.each([
    ["checkpoint list", ["checkpoint", "list", "r"]],
    ["a refused cancel", ["cancel", "r"]],
    ["a refused pause", ["pause", "r"]],
  ])("is in the next line of %s", async (_, args) => {
    const changed = await failed(AFTER);
    expect(nextOf(await changed.here(args))).toBe("axw amend r flow.yaml");
    const same = await failed(BEFORE);
    expect(nextOf(await same.here(args))).toBe("axw resume r");
  });

  test("is described below the table of list, once for all runs that it concerns", async () => {
    const folder = await failed(AFTER);
    const change = "the file has changed since (deploy: command, task)";
    const lines = async (): Promise<string[]> =>
      (await folder.here(["list"])).stdout.split("\n").slice(0, -1);
    expect((await lines()).slice(2)).toEqual([`r: ${change}; this run keeps the old one`]);
    folder.write("flow.yaml", BEFORE);
    await folder.here(["run", "flow.yaml", "--run-id", "s"]);
    folder.write("flow.yaml", AFTER);
    expect((await lines()).slice(3)).toEqual([`s, r: ${change}; these runs keep the old one`]);
  });

  test("is refused by a start with the id of the run, which says what differs", async () => {
    const folder = await failed(AFTER);
    const refused = await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining(
        "run_exists  Run r was started with another version of the workflow " +
          "(what differs: deploy: command, task).",
      ),
    ]);
  });

  test("counts as the same if only its layout and comments changed", async () => {
    const folder = await failed(`# a comment\n${BEFORE.replace("id: release", 'id:   "release"')}`);
    const [resumed, shown, listed] = [
      await folder.here(["resume", "r"]),
      await folder.here(["show", "r"]),
      await folder.here(["list"]),
    ];
    expect(`${resumed.stdout}${shown.stdout}${listed.stdout}`).not.toMatch(/changed/);
    expect(nextOf(resumed)).toBe("axw resume r");
  });

  test("that is not valid now is not run but validated next", async () => {
    const folder = await failed("id: release\nsteps: [\n");
    const shown = await folder.here(["show", "r"]);
    expect(shown.stdout).toContain(
      "         the file has changed since and is not valid now; this run keeps the old one\n" +
        "         to see its errors: axw validate flow.yaml\n",
    );
    expect([shown.code, nextOf(shown)]).toEqual([0, "axw validate flow.yaml"]);
    expect((await folder.here(["list"])).stdout).toContain("file changed; ");
    expect(nextOf(await folder.here(["resume", "r"]))).toBe("axw validate flow.yaml");
  });

  test("that is gone is reported by show, resume and list, and the run can be resumed", async () => {
    const folder = await failed(undefined);
    const gone = "the file no longer exists; this run keeps the definition";
    const [shown, listed, resumed] = [
      await folder.here(["show", "r"]),
      await folder.here(["list"]),
      await folder.here(["resume", "r"]),
    ];
    expect([shown.code, listed.code, resumed.code]).toEqual([0, 0, 1]);
    expect(shown.stdout).toContain(`file     flow.yaml\n         ${gone}\n`);
    expect(listed.stdout).toContain("file gone; ");
    expect(resumed.stdout).toContain(`file   flow.yaml: ${gone}\n`);
  });

  test("that cannot be read is reported by show", async () => {
    const folder = await failed(undefined);
    mkdirSync(join(folder.path, "flow.yaml"));
    const shown = await folder.here(["show", "r"]);
    expect([shown.code, shown.stdout]).toEqual([
      0,
      expect.stringContaining("the file is not a regular file; this run keeps the definition"),
    ]);
  });

  test("is run again with the inputs, the context and the agents file of the run", async () => {
    const inputs = "inputs: {place: string, count: {type: number, default: 1}, old: string}\n";
    const folder = new Folder({
      "flow.yaml": BEFORE + inputs,
      "team.yaml": BUILD,
    });
    const flags = ["--input", "place=at 'home'", "--input", "old=x", "--context", "n=1.10"];
    await folder.here(["run", "flow.yaml", "--agents", "team.yaml", ...flags, "--run-id", "r"]);
    folder.write("flow.yaml", AFTER + inputs.replace(", old: string", ""));
    expect(againIn(await folder.here(["show", "r"]))).toBe(
      "axw run flow.yaml --input 'place=at '\\''home'\\''' --context 'n=\"1.10\"' --agents team.yaml",
    );
    const ran = await folder.axw([
      ...["run", "flow.yaml", "--input", "place=at 'home'", "--context", "n=1.10"],
      ...["--agents", "team.yaml"],
    ]);
    expect(ran.code).toBe(0);
  });

  test("is run again where the run was started, which the next line names elsewhere", async () => {
    const folder = await failed(AFTER);
    const shown = await folder.hereIn("sub", ["show", "r"]);
    const path = join(folder.path, "flow.yaml");
    expect([againIn(shown), nextOf(shown)]).toEqual([`axw run ${path}`, `axw amend r ${path}`]);
  });

  test("of a completed run is reported by show, but not by list", async () => {
    const ok = BEFORE.replace("exit 3", "true");
    const folder = new Folder({ "flow.yaml": ok, "agents.yaml": BUILD });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    folder.write("flow.yaml", AFTER);
    const shown = await folder.here(["show", "r"]);
    expect([shown.stdout.includes(CHANGED), nextOf(shown)]).toEqual([true, "axw events r"]);
    expect(shown.stdout).not.toContain("to run the new one");
    expect((await folder.here(["list"])).stdout).not.toContain("file changed");
  });

  test("whose own name contains control characters is printed without them", async () => {
    const folder = new Folder({ "agents.yaml": BUILD, "fl\u001b[31mow.yaml": BEFORE });
    await folder.here(["run", "fl\u001b[31mow.yaml", "--run-id", "r"]);
    folder.write("fl\u001b[31mow.yaml", AFTER);
    const shown = await folder.here(["show", "r"]);
    expect(`${shown.stdout}${shown.stderr}`).not.toContain("\u001b");
  });
});
