import { RunReader, WorkflowEngine } from "@automatosx/workflow";
import { afterAll, describe, expect, test } from "vitest";
import { COPIED_FROM, COPIED_RESULTS, copiedAgents } from "../src/golden/copied-runs.ts";
import { GoldenCopies, impatientClock, packageVersion } from "../src/golden/golden-copies.ts";
import { goldenName } from "../src/golden/golden-name.ts";

const copies = new GoldenCopies("copied");
const { releases } = copies;
afterAll(() => copies.remove());

test("this version has a golden database of copies of another backend's runs", () => {
  expect(releases).toContain(goldenName(packageVersion()));
});

describe.each(releases)("the golden database of copies of release %s", (name) => {
  const path = copies.copy(name);
  const started: string[] = [];
  const open = () =>
    WorkflowEngine.open({
      database: path,
      agents: copiedAgents((stepId) => started.push(stepId)),
      ports: { clock: impatientClock() },
    });

  test("has runs that no engine claims, with their output, and passes verification", async () => {
    await using engine = await open();
    const runs = engine.storage.listRuns();
    for (const { runId } of runs)
      expect(RunReader.open(engine.storage, runId).catchUp().problems).toEqual([]);
    expect(
      runs.map(({ runId, status, backend }) => `${runId} ${status} ${backend}`).toSorted(),
    ).toEqual([
      `completed completed ${COPIED_FROM}`,
      `in-flight running ${COPIED_FROM}`,
      `waiting paused ${COPIED_FROM}`,
    ]);
    const output = engine.storage.readLogs("completed").map(({ text }) => text);
    expect(output.toSorted()).toEqual([
      "each[a] works\n",
      "each[b] works\n",
      "large works\n",
      "last works\n",
    ]);
    const { handles, waiting, suspects } = await engine.recover();
    expect([handles, waiting, suspects]).toEqual([[], [], []]);
    await expect(engine.resume("in-flight")).rejects.toMatchObject({ code: "run_owned_elsewhere" });
    expect(started).toEqual([]);
  });

  test("has runs that an engine adopts, and performs only what was not recorded", async () => {
    await using engine = await open();
    const inFlight = await (await engine.adopt("in-flight")).ending;
    expect([inFlight.status, inFlight.results, started]).toEqual([
      "completed",
      COPIED_RESULTS,
      ["last"],
    ]);
    await (await engine.adopt("waiting")).ending;
    const waiting = await (await engine.answer("waiting", "hold", {}))?.ending;
    expect([waiting?.status, waiting?.results, started]).toEqual([
      "completed",
      COPIED_RESULTS,
      ["last", "last"],
    ]);
  });
});
