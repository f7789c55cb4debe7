import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { type RunHandle, RunReader, systemPorts, WorkflowEngine } from "@automatosx/workflow";
import { afterAll, describe, expect, test } from "vitest";
import { goldenName } from "../src/golden/golden-name.ts";
import { LANGUAGE_RESULTS, languageAgents, QUOTA_RESETS_AT } from "../src/golden/language-runs.ts";

const GOLDEN = fileURLToPath(new URL("../golden/language/", import.meta.url));
const releases = readdirSync(GOLDEN).filter((name) => name.endsWith(".db.gz"));
const folder = mkdtempSync(join(tmpdir(), "axw-golden-language-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// In the year in which the quota of the parked run is available again. No timer takes longer than
// 5 ms: the owner of the runs in flight is unknown, so its lease is watched for 20 seconds.
const lateClock = {
  ...systemPorts.clock,
  now: () => QUOTA_RESETS_AT + systemPorts.clock.now(),
  setTimer: (delayMs: number, action: () => void) =>
    systemPorts.clock.setTimer(Math.min(delayMs, 5), action),
};

test("this version has a golden database of the language", () => {
  const manifest = fileURLToPath(new URL("../../workflow/package.json", import.meta.url));
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  expect(releases).toContain(goldenName(version));
});

describe.each(releases)("the golden database of the language of release %s", (name) => {
  const path = join(folder, basename(name, ".gz"));
  writeFileSync(path, gunzipSync(readFileSync(join(GOLDEN, name))));
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
