import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { Folder, ndjson, runIdIn, workflow } from "./harness/axw.js";

const ONE = workflow("  - {id: one, agentId: sh, task: one}\n");

describe("an unusable database", () => {
  test("that another process has locked ends `run` with exit code 5 before any step starts", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    await folder.here(["run", "flow.yaml"]);
    const other = new DatabaseSync(join(folder.path, ".ax/workflow.db"));
    other.exec("BEGIN IMMEDIATE");
    const { code, stderr } = await folder.axw(["run", "flow.yaml"]);
    other.close();
    expect({ code, launches: folder.launches() }).toEqual({ code: 5, launches: ["one"] });
    expect(stderr).toMatch(/^error {2}database_busy [^]*next {3}axw doctor\n$/);
  });

  test("with a modified journal is named by `gates`, which lists what the other runs wait for", async () => {
    const gate = workflow(
      '  - {id: one, agentId: sh, task: one}\n  - {id: go, gate: {ask: "Go?"}}\n',
    );
    const folder = new Folder({ "flow.yaml": gate });
    await folder.here(["run", "flow.yaml", "--run-id", "bad"]);
    const database = new DatabaseSync(join(folder.path, ".ax/workflow.db"));
    database.exec(
      "UPDATE workflow_journal SET payload = replace(payload, 'did', 'DID') WHERE type = " +
        "'step_completed'",
    );
    database.close();
    await folder.here(["run", "flow.yaml", "--run-id", "good"]);
    const { code, stdout, stderr } = await folder.here(["gates", "--json"]);
    expect([code, ndjson(stdout).map(({ runId, stepId }) => [runId, stepId]), stderr]).toEqual([
      0,
      [["good", "go"]],
      expect.stringMatching(/^Run bad cannot be read: .*journal.*\n$/),
    ]);
    expect((await folder.here(["gates", "bad"])).code).toBe(5);
  });

  test("with a modified journal makes every command that reads it exit with 5, and doctor lists the run", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    const id = runIdIn((await folder.here(["run", "flow.yaml"])).stdout);
    const database = new DatabaseSync(join(folder.path, ".ax/workflow.db"));
    database.exec(
      "UPDATE workflow_journal SET payload = replace(payload, 'did', 'DID') WHERE type = " +
        "'step_completed'",
    );
    database.close();
    const [shown, events, doctor] = [
      await folder.here(["show", id]),
      await folder.here(["events", id]),
      await folder.here(["doctor", "--verify"]),
    ];
    expect([shown.code, events.code, doctor.code]).toEqual([5, 5, 5]);
    expect(shown.stderr).toMatch(/^error {2}journal_damaged [^]*next {3}axw doctor --verify\n$/);
    expect(doctor.stdout).toMatch(new RegExp(`✖ error +run ${id} +.*the journal is damaged`));
  });
});

describe("axw doctor", () => {
  test("reports a run whose process is gone and the command that resumes it", async () => {
    const folder = new Folder({
      "flow.yaml": workflow("  - {id: one, agentId: slow, task: one}\n"),
    });
    const run = folder.start(["run", "flow.yaml"]);
    await run.until(/^started/m);
    run.child.kill("SIGKILL");
    const id = runIdIn((await run.ended).stdout);
    const { code, stdout } = await folder.here(["doctor"]);
    folder.write("go");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(
        `! warning +run ${id} +no process works on it: its process ${run.child.pid} is gone[^]*run ${id}: axw resume ${id}`,
      ),
    );
  });
});
