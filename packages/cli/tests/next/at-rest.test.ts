import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStorage } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { Folder, ndjson, workflow } from "../harness/axw.js";
import { AT_REST, FAILING, FLOW, HALF_SIMULATED, SILENT } from "./lines.js";
import { expectedOutcome, paste, printedLine, snapshotOf, tryLine } from "./type-line.js";
import { WAITING } from "./waiting-lines.js";

const FIXED = FAILING.replace("agentId: bad", "agentId: sh");

/** Brings a folder into a scene. */
type Prepare = (folder: Folder) => Promise<unknown>;

const SCENES: Readonly<Record<string, Prepare>> = {
  completed: (folder) => ended(folder, "flow.yaml"),
  failed: (folder) => ended(folder, "failing.yaml"),
  silent: (folder) => ended(folder, "silent.yaml"),
  async cancelled(folder) {
    const id = await orphaned(folder, "flow.yaml");
    await folder.here(["cancel", id]);
  },
  async paused(folder) {
    const id = await orphaned(folder, "flow.yaml");
    await folder.here(["pause", id]);
  },
  orphaned: (folder) => orphaned(folder, "flow.yaml"),
  async quarantined(folder) {
    await orphaned(folder, "flow.yaml");
    const storage = openSqliteStorage({ path: join(folder.path, ".ax/workflow.db") });
    for (const { runId } of storage.listRuns()) storage.recordFailedRecovery(runId, 3, "no luck");
    storage.close();
  },
  "failed, and simulated": (folder) => ended(folder, "half-bad.yaml"),
  "orphaned, and simulated": (folder) => orphaned(folder, "half-slow.yaml"),
  async "of a file that has changed"(folder) {
    await ended(folder, "failing.yaml");
    folder.write("failing.yaml", FIXED);
  },
  "waiting for a gate": (folder) => ended(folder, "gate.yaml"),
  "waiting in a child run": (folder) => ended(folder, "parent.yaml"),
  "cancelled before its handlers": (folder) => ended(folder, "handlers.yaml"),
  "waiting for a signal": (folder) => ended(folder, "signal.yaml"),
  async "waiting for an outcome"(folder) {
    const run = folder.start(["run", "unknown.yaml"]);
    await folder.untilLaunched(1);
    run.child.kill("SIGKILL");
    await run.ended;
    folder.write("go");
    await folder.here(["resume", await runId(folder)]);
  },
  "over its budget": (folder) => ended(folder, "budget.yaml"),
  "of unknown cost": (folder) => ended(folder, "unmetered.yaml"),
  ambiguous: (folder) => folder.here(["run", "checkpoints.yaml", "--run-id", "mine"]),
  async damaged(folder) {
    await ended(folder, "flow.yaml");
    change(folder, "UPDATE workflow_definitions SET source = source || ' '");
  },
  async large(folder) {
    await folder.here(["run", "large.yaml"]);
  },
  async "of another version"(folder) {
    await ended(folder, "flow.yaml");
    change(folder, "UPDATE workflow_migrations SET format = 99");
  },
  async removed(folder) {
    await ended(folder, "flow.yaml");
    await folder.here(["gc", "--keep", "0"]);
  },
};

async function runId(folder: Folder): Promise<string> {
  const { stdout } = await folder.here(["list", "--json"]);
  const [run] = stdout === "" ? [] : ndjson(stdout);
  return String(run?.["runId"]).slice(-6);
}

/** The beginning that the ids of both checkpoints of a run share: their time. */
async function checkpointPart(folder: Folder): Promise<string> {
  const [first] = ndjson((await folder.here(["checkpoint", "list", "mine", "--json"])).stdout);
  return String(first?.["checkpointId"]).slice(0, 8);
}

async function ended(folder: Folder, file: string): Promise<void> {
  folder.write("go");
  await folder.here(["run", file]);
}

async function orphaned(folder: Folder, file: string): Promise<string> {
  const run = folder.start(["run", file]);
  await run.until(/^started +two/m);
  await folder.untilLaunched(file === "flow.yaml" ? 2 : 1);
  run.child.kill("SIGKILL");
  await run.ended;
  folder.write("go");
  return runId(folder);
}

function change(folder: Folder, sql: string): void {
  const database = new DatabaseSync(join(folder.path, ".ax/workflow.db"));
  database.exec(sql);
  database.close();
}

function sceneFolder(): Folder {
  return new Folder({
    "flow.yaml": FLOW,
    "failing.yaml": FAILING,
    "silent.yaml": SILENT,
    "half-bad.yaml": HALF_SIMULATED("bad"),
    "half-slow.yaml": HALF_SIMULATED("slow"),
    "large.yaml": workflow("  - {id: one, agentId: large, task: one}\n").replace(
      "agents:\n",
      "agents:\n  large: {command: [sh, -c, 'seq 1 60000']}\n",
    ),
    "checkpoints.yaml": FAILING.replace("task: three", "task: three, checkpoint: late"),
    ...WAITING,
    "taken.db": "",
  });
}

describe("the next line", () => {
  test.each(Object.entries(AT_REST))(
    "can be pasted, and does what it says, while the run is %s",
    async (scene, lines) => {
      const prepared = sceneFolder();
      await SCENES[scene]?.(prepared);
      const id = scene === "ambiguous" ? await checkpointPart(prepared) : await runId(prepared);
      const restore = snapshotOf(prepared);
      const outcomes = [];
      for (const line of lines) {
        restore();
        outcomes.push(await tryLine(prepared, line, id));
      }
      expect(outcomes).toEqual(lines.map(expectedOutcome));
    },
    60_000,
  );

  test("amends a run with a changed file from another folder", async () => {
    const folder = sceneFolder();
    await ended(folder, "failing.yaml");
    folder.write("failing.yaml", FIXED);
    const [path, database] = ["failing.yaml", ".ax/workflow.db"].map((name) =>
      join(folder.path, name),
    );
    const other = new Folder();
    const id = await runId(folder);
    const printed = printedLine(await other.here(["show", id, "--db", database ?? ""]));
    const { code } = await paste(other, printed).ended;
    expect([printed, code, folder.launches().slice(4)]).toEqual([
      `axw amend ${id} ${path} --db ${database}`,
      0,
      ["four"],
    ]);
  });
});
