import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStorage, RunReader, type StoragePort } from "@automatosx/workflow/observe";
import { describe, expect, onTestFinished, test } from "vitest";
import { expectedDurations } from "../../src/progress/expected-durations.js";
import { Folder, ndjson, runIdIn, workflow } from "../harness/axw.js";

const FLOW = workflow(`  - {id: one, agentId: sh, task: one, estimate: 5m}
  - {id: may-fail, agentId: bad, task: two, continueOnError: true, estimate: 3s}
  - {id: unknown, agentId: bad, task: three, continueOnError: true}
`);

function storageOf(folder: Folder): StoragePort {
  const storage = openSqliteStorage({ path: join(folder.path, ".ax/workflow.db"), readOnly: true });
  onTestFinished(() => storage.close());
  return storage;
}

async function durationsIn(folder: Folder, id: string, isSimulated = () => false) {
  const storage = storageOf(folder);
  const [run] = storage.findRuns(id);
  const { view } = RunReader.open(storage, run?.runId ?? "").catchUp();
  const durations = expectedDurations(storage, view, isSimulated);
  const of = (stepId: string) => durations.of(stepId);
  return {
    runCount: durations.runCount,
    one: of("one"),
    mayFail: of("may-fail"),
    unknown: of("unknown"),
  };
}

describe("expectedDurations", () => {
  test("takes the median of earlier runs of the same definition, else the estimate", async () => {
    const folder = new Folder({ "flow.yaml": FLOW, "other.yaml": `${FLOW}\n# another file` });
    const run = async (file: string) => runIdIn((await folder.here(["run", file])).stdout);
    const first = await run("flow.yaml");
    const alone = await durationsIn(folder, first);
    for (let count = 0; count < 2; count += 1) await run("flow.yaml");
    const last = await run("flow.yaml");
    const rows = ndjson((await folder.here(["list", "--json"])).stdout).slice(1, 4);
    const storage = storageOf(folder);
    const times = rows.map(({ runId }) => {
      const [step] = RunReader.open(storage, String(runId)).catchUp().view.steps();
      return (step?.finishedAt ?? 0) - (step?.startedAt ?? 0);
    });
    const estimates = {
      mayFail: { ms: 3_000, source: "estimate" },
      unknown: undefined,
    };
    expect([alone, await durationsIn(folder, last)]).toEqual([
      { runCount: 0, one: { ms: 300_000, source: "estimate" }, ...estimates },
      {
        runCount: 3,
        one: { ms: times.toSorted((a, b) => a - b)[1], source: "history" },
        ...estimates,
      },
    ]);
  });

  test("does not take the time of a simulated agent for that of a real one, or the reverse", async () => {
    const folder = new Folder({ "flow.yaml": FLOW });
    await folder.here(["run", "flow.yaml", "--agents", "simulated"]);
    const id = runIdIn((await folder.here(["run", "flow.yaml"])).stdout);
    const real = await durationsIn(folder, id);
    const simulated = await durationsIn(folder, id, () => true);
    expect([real.runCount, real.one?.source, simulated.runCount, simulated.one?.source]).toEqual([
      0,
      "estimate",
      1,
      "history",
    ]);
  });

  test("skips an earlier run that is damaged", async () => {
    const folder = new Folder({ "flow.yaml": FLOW });
    const damaged = runIdIn((await folder.here(["run", "flow.yaml"])).stdout);
    await folder.here(["run", "flow.yaml"]);
    const id = runIdIn((await folder.here(["run", "flow.yaml"])).stdout);
    const database = new DatabaseSync(join(folder.path, ".ax/workflow.db"));
    database.exec(
      `UPDATE workflow_journal SET at = at + 1 WHERE entry_id / 100000000 =
       (SELECT run_number FROM workflow_runs WHERE run_id LIKE '%${damaged}')`,
    );
    database.close();
    const { runCount, one } = await durationsIn(folder, id);
    expect([runCount, one?.source]).toEqual([1, "history"]);
  });
});
