import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { openSqliteStorage, RunReader, systemPorts, WorkflowEngine } from "@automatosx/workflow";
import { salvageDatabase } from "@automatosx/workflow/salvage";
import { afterAll, describe, expect, test } from "vitest";
import { goldenName } from "../src/golden/golden-name.ts";
import { GOLDEN_RESULTS, goldenWorker } from "../src/golden/golden-runs.ts";

const GOLDEN = fileURLToPath(new URL("../golden/", import.meta.url));
const releases = readdirSync(GOLDEN).filter((name) => name.endsWith(".db.gz"));
const folder = mkdtempSync(join(tmpdir(), "axw-golden-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// The owner of the run in flight is unknown, so its lease is watched for 20 seconds. Here no timer
// takes longer than 5 ms.
const impatient = {
  ...systemPorts.clock,
  setTimer: (delayMs: number, action: () => void) =>
    systemPorts.clock.setTimer(Math.min(delayMs, 5), action),
};

function unpack(name: string, release = name): string {
  const path = join(folder, name.replace(/\.gz$/, ""));
  writeFileSync(path, gunzipSync(readFileSync(join(GOLDEN, release))));
  return path;
}

test("this version has a golden database", () => {
  const manifest = fileURLToPath(new URL("../../workflow/package.json", import.meta.url));
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  expect(releases).toContain(goldenName(version));
});

describe.each(releases)("the golden database of release %s", (name) => {
  test("passes verification, and its open runs resume to the same results without repeats", async () => {
    const path = unpack(name);
    const storage = openSqliteStorage({ path });
    const before = storage.listRuns().map(({ runId, status }) => {
      for (const _ of storage.readJournal(runId));
      expect(RunReader.open(storage, runId).catchUp().problems).toEqual([]);
      return { runId, status };
    });
    expect(before.map(({ status }) => status).sort((a, b) => a.localeCompare(b))).toEqual([
      "cancelled",
      "completed",
      "failed",
      "failed",
      "paused",
      "running",
    ]);
    storage.close();

    const started: string[] = [];
    const worker = goldenWorker((attempt) => started.push(attempt));
    await using engine = await WorkflowEngine.open({
      database: path,
      agents: { worker, gate: () => "through" },
      ports: { clock: impatient },
    });
    for (const { runId, status } of before) {
      if (status === "completed" || status === "cancelled") continue;
      started.length = 0;
      const ending = await (await engine.resume(runId)).ending;
      expect({ from: status, to: ending.status, results: ending.results, started }).toEqual({
        from: status,
        to: "completed",
        results: GOLDEN_RESULTS,
        started: ["last/1"],
      });
    }
    const completed = engine.storage
      .listRuns({ status: "completed" })
      .map(({ runId }) => engine.waitForCompletion(runId));
    expect((await Promise.all(completed)).map(({ results }) => results)).toEqual(
      Array.from({ length: 5 }, () => GOLDEN_RESULTS),
    );
  });

  test("can be salvaged as a whole, into the tables of this version", () => {
    const path = unpack(`salvage-${name}`, name);
    const { runs, lost } = salvageDatabase({ from: path, to: `${path}.new` });
    expect({ lost, losses: runs.flatMap((run) => run.lost) }).toEqual({ lost: [], losses: [] });
    const storage = openSqliteStorage({ path: `${path}.new` });
    const salvaged = storage.listRuns().map(({ runId, status }) => [runId, status]);
    storage.close();
    expect(salvaged).toHaveLength(6);
    expect(runs.map(({ runId, status }) => [runId, status])).toEqual(
      expect.arrayContaining(salvaged),
    );
  });
});
