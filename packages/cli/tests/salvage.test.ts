import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { Folder, workflow } from "./harness/axw.js";

const CHAIN = workflow(`  - {id: one, agentId: sh, task: one}
  - {id: two, agentId: sh, task: two, dependencies: [one], checkpoint: true}
  - {id: three, agentId: sh, task: three, dependencies: [two]}
`);
const PAGE = 4096;

/** A folder with two completed runs whose database was modified from outside. */
async function folderWithTwoRuns(
  damage: (database: DatabaseSync, ids: readonly string[]) => void,
): Promise<{ folder: Folder; file: string; ids: string[] }> {
  const folder = new Folder({ "flow.yaml": CHAIN });
  const ids: string[] = [];
  for (let runs = 0; runs < 2; runs += 1) {
    await folder.here(["run", "flow.yaml"]);
    const [newest] = (await folder.here(["list", "--json"])).stdout.split("\n");
    ids.push((JSON.parse(newest ?? "{}") as { runId: string }).runId);
  }
  const file = join(folder.path, ".ax/workflow.db");
  const database = new DatabaseSync(file);
  damage(database, ids);
  database.close();
  return { folder, file, ids };
}

function parse(stdout: string): Record<string, unknown>[] {
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("a database with a damaged definition", () => {
  test("is shown as damaged, gets no backup, and every message leads to the salvage", async () => {
    const { folder, ids } = await folderWithTwoRuns((database) =>
      database.exec("UPDATE workflow_definitions SET source = source || ' '"),
    );
    const list = await folder.here(["list"]);
    expect(list.stdout.match(/^\S+ +✖ damaged /gm)).toHaveLength(2);
    const show = await folder.here(["show", ids[0] ?? ""]);
    expect([show.code, show.stderr.split("\n").at(-2)]).toEqual([5, "next   axw doctor --verify"]);
    const doctor = await folder.here(["doctor", "--verify"]);
    const salvage = "axw doctor --salvage .ax/salvaged.db";
    expect([doctor.code, doctor.stderr]).toEqual([
      5,
      `next   ${salvage}\n       (if there is no backup)\n`,
    ]);
    expect(doctor.stdout).toContain(`Restore a backup, or salvage the intact data: ${salvage}\n`);
    const backup = await folder.here(["backup", "copy.db"]);
    expect([backup.code, existsSync(join(folder.path, "copy.db"))]).toEqual([5, false]);
    expect(backup.stderr).toContain(`next   ${salvage}\n`);
  });
});

describe("axw doctor --salvage", () => {
  test("keeps a journal up to its last intact entry, where the run resumes, and leaves the old file unchanged", async () => {
    const { folder, file, ids } = await folderWithTwoRuns((database, [id = ""]) =>
      database.exec(
        "UPDATE workflow_journal SET payload = replace(payload, 'did', 'DID') WHERE entry_id " +
          `/ 100000000 = (SELECT run_number FROM workflow_runs WHERE run_id = '${id}') AND ` +
          "step_id = 'three'",
      ),
    );
    const before = readFileSync(file);
    const salvaged = await folder.here(["doctor", "--salvage", "rescued.db", "--json"]);
    const [first, second] = parse(salvaged.stdout);
    expect({ code: salvaged.code, first, second }).toMatchObject({
      code: 5,
      first: {
        runId: ids[0],
        status: "running",
        keptCheckpoints: 1,
        lost: [expect.stringMatching(/^entries \d+ to \d+: entry \d+ does not match its hash$/)],
      },
      second: { runId: ids[1], status: "completed", keptCheckpoints: 1, lost: [] },
    });
    expect(readFileSync(file).equals(before)).toBe(true);

    const launched = folder.launches().length;
    const verified = await folder.here(["doctor", "--verify", "--db", "rescued.db"]);
    const resumed = await folder.axw(["resume", ids[0] ?? "", "--db", "rescued.db"]);
    expect([verified.code, resumed.code, folder.launches().slice(launched)]).toEqual([
      0,
      0,
      ["three"],
    ]);
  });

  test("skips pages that SQLite cannot read, and reports which runs are complete", async () => {
    const { folder, file, ids } = await folderWithTwoRuns(() => undefined);
    const bytes = readFileSync(file);
    // A leaf page of the journal: the first page that contains an entry of the first run.
    const page = Math.floor(
      bytes.indexOf(ids[0] ?? "", bytes.indexOf("initiate_workflow") - 400) / PAGE,
    );
    bytes.fill(0, page * PAGE, (page + 1) * PAGE);
    writeFileSync(file, bytes);
    const verified = await folder.here(["doctor", "--verify"]);
    const { code, stdout, stderr } = await folder.here(["doctor", "--salvage", "rescued.db"]);
    expect([verified.code, code]).toEqual([5, 5]);
    expect(stdout).toMatch(/^(lost|in part|whole) +run/m);
    expect(stdout).toMatch(
      /\.ax\/workflow\.db is unchanged; the intact data is in rescued\.db\.$/m,
    );
    expect(stderr).toMatch(/axw doctor --verify --db rescued\.db/);
    expect((await folder.here(["doctor", "--verify", "--db", "rescued.db"])).code).toBe(0);
  });

  test("rebuilds the damaged rows of a run and a definition from intact data", async () => {
    const { folder, ids } = await folderWithTwoRuns((database, [id = ""]) => {
      database.exec(
        `UPDATE workflow_runs SET error = 'x', error_code = 'y' WHERE run_id = '${id}'`,
      );
      database.exec("UPDATE workflow_definitions SET name = 'another', row_hash = zeroblob(32)");
    });
    const damaged = await folder.here(["show", ids[0] ?? ""]);
    const salvaged = await folder.here(["doctor", "--salvage", "rescued.db", "--json"]);
    expect([damaged.code, salvaged.code]).toEqual([5, 0]);
    expect(
      parse(salvaged.stdout)
        .filter(({ runId }) => runId !== undefined)
        .map(({ status, lost }) => ({ status, lost })),
    ).toEqual([
      { status: "completed", lost: [] },
      { status: "completed", lost: [] },
    ]);
    expect((await folder.here(["show", ids[0] ?? "", "--db", "rescued.db"])).code).toBe(0);
  });

  test("reports a run from which no data is kept", async () => {
    const { folder, ids } = await folderWithTwoRuns((database, [id = ""]) =>
      database.exec(`UPDATE workflow_runs SET inputs = '{"other":1}' WHERE run_id = '${id}'`),
    );
    const { code, stdout } = await folder.here(["doctor", "--salvage", "rescued.db"]);
    expect(code).toBe(5);
    expect(stdout).toMatch(
      new RegExp(
        `^lost +run ${ids[0]?.slice(-6)} +everything: its row cannot be read or does not ` +
          "match its hash; its journal has \\d+ entries$",
        "m",
      ),
    );
    expect(
      parse((await folder.here(["list", "--json", "--db", "rescued.db"])).stdout).map(
        ({ runId }) => runId,
      ),
    ).toEqual([ids[1]]);
  });

  test("names the process that works on a run, and does not copy that run", async () => {
    const folder = new Folder({
      "flow.yaml": workflow(
        "  - {id: one, agentId: sh, task: one}\n" +
          "  - {id: two, agentId: slow, task: two, dependencies: [one]}\n",
      ),
    });
    const running = folder.start(["run", "flow.yaml", "--run-id", "live"]);
    await folder.untilLaunched(2);
    const { code, stdout } = await folder.here(["doctor", "--salvage", "new.db"]);
    folder.write("go");
    const ended = await running.ended;
    expect(code).toBe(6);
    expect(stdout).toMatch(
      /^in use +run live +everything: process \d+ on .* works on it, so it was not copied$/m,
    );
    const again = await folder.here(["doctor", "--salvage", "again.db"]);
    expect([ended.code, again.code, again.stdout]).toEqual([
      0,
      0,
      expect.stringMatching(/^whole +run live +completed, /m),
    ]);
  });

  test("never overwrites a file, and requires an existing database", async () => {
    const { folder } = await folderWithTwoRuns(() => undefined);
    folder.write("there.db", "mine");
    const there = await folder.here(["doctor", "--salvage", "there.db"]);
    const nowhere = await folder.here(["doctor", "--salvage", "new.db", "--db", "nowhere.db"]);
    folder.write(
      "text.db",
      "This is no database, but it is long enough to be looked at. ".repeat(20),
    );
    const text = await folder.here(["doctor", "--salvage", "new.db", "--db", "text.db"]);
    expect([there.code, nowhere.code, text.code, existsSync(join(folder.path, "new.db"))]).toEqual([
      2,
      2,
      5,
      false,
    ]);
    expect(readFileSync(join(folder.path, "there.db"), "utf8")).toBe("mine");
  });
});
