import { Context, Machine, type RunHandle, RunReader, WorkflowEngine } from "@automatosx/workflow";
import { afterAll, describe, expect, test } from "vitest";
import { CONTENT_RESULTS, contentAgents } from "../src/golden/content-runs.ts";
import { GoldenCopies, impatientClock, packageVersion } from "../src/golden/golden-copies.ts";
import { goldenName } from "../src/golden/golden-name.ts";

const copies = new GoldenCopies("content");
const { releases } = copies;
afterAll(() => copies.remove());

const impatient = impatientClock();

test("this version has a golden database of runs that went back", () => {
  expect(releases).toContain(goldenName(packageVersion()));
});

describe.each(releases)("the golden database of runs that went back of release %s", (name) => {
  const path = copies.copy(name);
  const started: string[] = [];
  const open = () =>
    WorkflowEngine.open({
      database: path,
      agents: contentAgents((stepId) => started.push(stepId)),
      ports: { clock: impatient },
    });

  test("has changed, forked and composed runs, and passes verification", async () => {
    await using engine = await open();
    const runs = engine.storage.listRuns();
    for (const { runId } of runs)
      expect(RunReader.open(engine.storage, runId).catchUp().problems).toEqual([]);
    expect(runs.map(({ runId, status }) => `${runId} ${status}`).sort()).toEqual([
      "amended paused",
      "edited paused",
      "forked paused",
      "included paused",
      "offers running",
      "parent paused",
      "parent.audit paused",
    ]);
    const { machine } = RunReader.open(engine.storage, "offers").catchUp();
    expect(Machine.snapshot(machine, undefined).offers?.map(({ id }) => id)).toEqual([
      "hold",
      "second",
      "third",
    ]);
    expect(Context.step(Machine.context(machine), "first")?.status).toBe("running");
  });

  test("resumes, and performs only steps whose requests have changed", async () => {
    await using engine = await open();
    const endOf = async (handle: Promise<RunHandle | undefined>) => {
      started.length = 0;
      const ending = await (await handle)?.ending;
      return { status: ending?.status, results: ending?.results, started: started.toSorted() };
    };

    expect(await endOf(engine.resume("amended"))).toEqual({
      status: "completed",
      results: CONTENT_RESULTS.amended,
      started: ["end", "list[c]"],
    });
    expect((await endOf(engine.resume("edited"))).started).toEqual(["use"]);
    expect(await endOf(engine.answer("edited", "hold", {}))).toEqual({
      status: "completed",
      results: CONTENT_RESULTS.edited,
      started: [],
    });
    expect((await endOf(engine.resume("forked"))).started).toEqual([]);
    expect(await endOf(engine.answer("forked", "hold", {}))).toEqual({
      status: "completed",
      results: CONTENT_RESULTS.forked,
      started: [],
    });
    expect((await endOf(engine.resume("offers"))).started).toEqual(["first"]);
    expect(await endOf(engine.answer("offers", "hold", {}))).toEqual({
      status: "completed",
      results: CONTENT_RESULTS.offers,
      started: [],
    });
    expect(await endOf(engine.answer("included", "lint.allow", {}))).toEqual({
      status: "completed",
      results: CONTENT_RESULTS.included,
      started: ["end"],
    });
    await engine.answer("parent.audit", "sign", {}, { resume: false });
    expect(await endOf(engine.resume("parent"))).toEqual({
      status: "completed",
      results: CONTENT_RESULTS.parent,
      started: ["end"],
    });
  });
});
