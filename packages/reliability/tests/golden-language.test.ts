import { type RunHandle, RunReader, WorkflowEngine } from "@automatosx/workflow";
import { afterAll, describe, expect, test } from "vitest";
import { GoldenCopies, impatientClock, packageVersion } from "../src/golden/golden-copies.ts";
import { goldenName } from "../src/golden/golden-name.ts";
import { LANGUAGE_RESULTS, languageAgents, QUOTA_RESETS_AT } from "../src/golden/language-runs.ts";

const copies = new GoldenCopies("language");
const { releases } = copies;
afterAll(() => copies.remove());

// In the year in which the quota of the parked run is available again.
const lateClock = impatientClock(QUOTA_RESETS_AT);

test("this version has a golden database of the language", () => {
  expect(releases).toContain(goldenName(packageVersion()));
});

describe.each(releases)("the golden database of the language of release %s", (name) => {
  const path = copies.copy(name);
  const started: string[] = [];
  const open = () =>
    WorkflowEngine.open({
      database: path,
      agents: languageAgents((stepId) => started.push(stepId), { isQuotaFree: true }),
      ports: { clock: lateClock },
    });

  test("has runs that wait for people, quotas, budgets and handlers, and passes verification", async () => {
    await using engine = await open();
    const runs = engine.storage.listRuns();
    for (const { runId } of runs)
      expect(RunReader.open(engine.storage, runId).catchUp().problems).toEqual([]);
    expect(runs.map(({ workflowId, status }) => `${workflowId} ${status}`).sort()).toEqual([
      "budget paused",
      "handlers running",
      "open running",
      "parked running",
      "unknown paused",
    ]);
    const questions = await engine.gates();
    expect(questions.map(({ stepId, kind }) => `${stepId} ${kind}`).sort()).toEqual([
      "deployed signal",
      "pay unknown",
      "review gate",
    ]);
  });

  test("is answered and resumed, and no attempt that has ended is repeated", async () => {
    await using engine = await open();
    const runOf = new Map(engine.storage.listRuns().map((run) => [run.workflowId, run.runId]));
    const idOf = (workflowId: string): string => runOf.get(workflowId) ?? "";
    const endOf = async (handle: Promise<RunHandle | undefined>) => {
      started.length = 0;
      const ending = await (await handle)?.ending;
      return { status: ending?.status, results: ending?.results, started: started.toSorted() };
    };

    await engine.answer(idOf("open"), "review", { values: { note: "fine" } }, { resume: false });
    await engine.signal(idOf("open"), "deployed", { data: { version: 2 } }, { resume: false });
    expect(await endOf(engine.resume(idOf("open")))).toEqual({
      status: "completed",
      results: LANGUAGE_RESULTS.open,
      started: ["build[c]", "build[d]", "fix#2", "write:check-2"],
    });
    expect(await endOf(engine.resume(idOf("parked")))).toEqual({
      status: "completed",
      results: LANGUAGE_RESULTS.parked,
      started: ["also", "ask"],
    });
    expect(await endOf(engine.resume(idOf("budget"), { budget: { tokens: 300 } }))).toEqual({
      status: "completed",
      results: LANGUAGE_RESULTS.budget,
      started: ["two"],
    });
    expect(
      await endOf(engine.answer(idOf("unknown"), "pay", { done: true, result: "paid" })),
    ).toEqual({ status: "completed", results: LANGUAGE_RESULTS.unknown, started: ["thank"] });
    expect(await endOf(engine.resume(idOf("handlers")))).toEqual({
      status: "cancelled",
      results: LANGUAGE_RESULTS.handlers,
      started: [":always.clean"],
    });
  });
});
