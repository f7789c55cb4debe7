import { readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CHAIN, Folder, ndjson, runIdIn, workflow } from "./harness/axw.js";

const ONE = workflow("  - {id: one, agentId: sh, task: one}\n");

describe("axw backup", () => {
  test("copies the database, and prints how to restore it", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    await folder.here(["run", "flow.yaml", "--run-id", "r"]);
    const { code, stdout, stderr } = await folder.here(["backup", "monday.db"]);
    expect([code, stdout.replace(/\d+\.\d KB/, "N KB"), stderr]).toEqual([
      0,
      "Backup monday.db: 1 run, N KB; every page, run, journal entry and result was checked.\n" +
        "To restore it, end every process that uses .ax/workflow.db, remove that file and its " +
        "-wal and -shm, and copy monday.db to its place.\n",
      "next   axw list --db monday.db\n",
    ]);
    expect((await folder.here(["show", "r", "--db", "monday.db"])).code).toBe(0);
  });

  test("works while an engine is at work, and the restored run continues", async () => {
    const folder = new Folder({ "flow.yaml": CHAIN });
    const run = folder.start(["run", "flow.yaml"]);
    await folder.untilLaunched(2);
    const { code, stdout } = await folder.here(["backup", "kept/monday.db", "--json"]);
    expect([code, ndjson(stdout)]).toEqual([
      0,
      [
        {
          schemaVersion: 2,
          type: "backup",
          database: join(folder.path, ".ax/workflow.db"),
          path: join(folder.path, "kept/monday.db"),
          bytes: expect.any(Number),
          runCount: 1,
          checked: "journals",
        },
      ],
    ]);
    run.child.kill("SIGKILL");
    const id = runIdIn((await run.ended).stdout);
    for (const suffix of ["", "-wal", "-shm"])
      rmSync(join(folder.path, `.ax/workflow.db${suffix}`), { force: true });
    renameSync(join(folder.path, "kept/monday.db"), join(folder.path, ".ax/workflow.db"));
    folder.write("go");
    const resumed = await folder.here(["resume", id]);
    expect([resumed.code, folder.launches()]).toEqual([0, ["one", "two", "two", "three"]]);
  });

  test("names the file behind a link, beside which the log lies, and prints no control character", async () => {
    const folder = new Folder({ "flow.yaml": ONE });
    symlinkSync("real.db", join(folder.path, "link.db"));
    await folder.here(["run", "flow.yaml", "--db", "link.db"]);
    const { code, stdout, stderr } = await folder.here([
      "backup",
      "m\u001b[1m.db",
      "--db",
      "link.db",
    ]);
    expect([code, stdout.includes("\u001b"), stderr.includes("\u001b")]).toEqual([0, false, false]);
    expect(stdout).toContain("end every process that uses real.db, remove that file");
  });

  test("does not overwrite a file", async () => {
    const folder = new Folder({ "flow.yaml": ONE, "mine.db": "mine" });
    await folder.here(["run", "flow.yaml"]);
    symlinkSync("mine.db", join(folder.path, "link.db"));
    for (const to of ["mine.db", "link.db", ".ax/workflow.db", "."]) {
      const { code, stderr } = await folder.here(["backup", to]);
      expect([code === 2 || code === 5, stderr.startsWith("error  ")]).toEqual([true, true]);
    }
  });

  test("says what is missing if there is no database, or an empty one", async () => {
    const folder = new Folder({});
    const missing = await folder.here(["backup", "new.db"]);
    writeFileSync(join(folder.path, "empty.db"), "");
    const empty = await folder.here(["backup", "new.db", "--db", "empty.db"]);
    expect([missing.code, missing.stderr.split("\n")[0], empty.code, empty.stderr]).toEqual([
      2,
      "error  run_not_found  The database .ax/workflow.db does not exist.",
      2,
      "error  run_not_found  empty.db is empty: there is nothing to back up.\nnext   axw run " +
        "FILE --db empty.db\n",
    ]);
    expect(readdirSync(folder.path)).toEqual(["empty.db"]);
  });
});
