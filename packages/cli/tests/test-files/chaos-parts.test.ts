import { join } from "node:path";
import { WorkflowParser } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { compareReports } from "../../src/test-files/chaos/compare-reports.js";
import { type Interrupted, restOf } from "../../src/test-files/chaos/continue-action.js";
import { externalSteps } from "../../src/test-files/chaos/external-steps.js";
import type { JobReport } from "../../src/test-files/chaos/job.js";
import { Ledger, type LedgerEntry } from "../../src/test-files/chaos/Ledger.js";
import type { RunFacts } from "../../src/test-files/RunFacts.js";
import { Folder } from "../harness/axw.js";

const facts = (steps: Record<string, object>, rest: Partial<RunFacts> = {}): RunFacts =>
  ({
    ...{ status: "completed", waitsFor: [], moments: [], startedAt: 0, journalSeq: 9 },
    steps: new Map(Object.entries(steps)),
    ...rest,
  }) as RunFacts;

const report = (run: RunFacts, rest: Partial<JobReport> = {}): JobReport => ({
  ...{ facts: run, commits: [], launches: { a: 1 }, lost: [], crashed: [], problems: [] },
  ...rest,
});

const DONE = { x: { status: "completed", attemptNumber: 1, result: 1 } };

describe("compareReports", () => {
  test("finds another status, another result, and a step too many", () => {
    const other = {
      x: { status: "completed", attemptNumber: 2, result: 2 },
      y: { status: "skipped", attemptNumber: 0 },
    };
    const found = report(facts(other, { status: "failed", errorCode: "step_failed" }));
    expect(compareReports(report(facts(DONE)), found)).toEqual([
      { at: "status", expected: "completed", found: "failed" },
      { at: "error.code", expected: undefined, found: "step_failed" },
      { at: "results.x", expected: 1, found: 2 },
      { at: "steps.y", expected: undefined, found: "skipped" },
    ]);
  });

  test("allows an agent the launches of the attempts that were in flight, and no more", () => {
    const lost = [{ stepId: "x", attemptNumber: 1, agentId: "a" }];
    const launched = (count: number) => report(facts(DONE), { launches: { a: count }, lost });
    const undisturbed = report(facts(DONE));
    expect(compareReports(undisturbed, launched(2))).toEqual([]);
    expect(compareReports(undisturbed, launched(3))).toEqual([
      { at: "launches.a", expected: "at most 2: 1, and 1 in flight", found: 3 },
    ]);
  });

  test("compares only results in a run with a budget that a lost attempt has used", () => {
    const budget = { usd: 1, tokens: 0, launches: 1, unmetered: 0 };
    const lost = [{ stepId: "x", attemptNumber: 1, agentId: "a" }];
    const held = facts({ x: { status: "ready", attemptNumber: 1 } }, { status: "paused" });
    const undisturbed = report(facts(DONE, { budget }));
    expect(compareReports(undisturbed, report(held, { lost }))).toEqual([]);
    expect(compareReports(undisturbed, report(held))).not.toEqual([]);
  });
});

describe("restOf", () => {
  const lost = [{ stepId: "x", attemptNumber: 1, agentId: "a" }];
  const about = (part: Partial<Interrupted>): Interrupted => ({
    ...{ action: { run: true }, facts: facts({}), since: [], hasFired: false, lost: [] },
    ...part,
  });
  const running = facts({}, { status: "running" });

  test.each<[string, Partial<Interrupted>, ReturnType<typeof restOf>]>([
    ["starts a run that was not started", { facts: undefined }, { action: { run: true } }],
    [
      "resumes a run in progress",
      { facts: running, since: ["step_completed"] },
      { action: { run: undefined, resume: true } },
    ],
    ["is done when the run has ended", { since: ["complete_workflow"] }, "nothing"],
    [
      "repeats a resume that has only raised the budget",
      { action: { resume: true }, since: ["budget_changed"] },
      { action: { resume: true } },
    ],
    [
      "repeats an answer that was not recorded",
      { action: { answer: { step: "x" } } },
      { action: { answer: { step: "x" } } },
    ],
    [
      "does not repeat an answer that was recorded",
      { action: { answer: { step: "x" } }, since: ["gate_answered"] },
      "nothing",
    ],
    [
      "pauses a run whose moment has come",
      { action: { run: true, pauseWhen: "x" }, facts: running, hasFired: true },
      "pause",
    ],
    [
      "cancels a run whose moment has come",
      { action: { run: true, cancelWhen: "x" }, facts: running, hasFired: true },
      { action: { cancel: true } },
    ],
    [
      "lets the handlers of a cancelled run continue",
      {
        ...{ action: { run: true, cancelWhen: "x" }, facts: running, hasFired: true },
        since: ["cancel_workflow"],
      },
      { action: { resume: true } },
    ],
    [
      "waits for an attempt with a number that is higher by those that were lost",
      { action: { run: true, pauseWhen: "x", attempt: 2 }, facts: running, lost },
      { action: { run: undefined, resume: true, pauseWhen: "x", attempt: 3 } },
    ],
  ])("%s", (_, part, rest) => {
    expect(restOf(about(part))).toEqual(rest);
  });
});

describe("externalSteps", () => {
  const FLOW = `
id: pays
steps:
  - id: each
    foreach: [a, b]
    steps: [{ id: pay, agentId: bank, task: x, effect: external }]
  - id: sure
    agentId: bank
    task: x
    effect: external
    reconcile: { agentId: bank, task: y }
  - { id: other, agentId: bank, task: x }
`;
  const launch = (stepId: string): LedgerEntry => ({
    ...{ kind: "launch", runId: "test", agentId: "bank", stepId, attemptNumber: 2, number: 1 },
    ...{ session: "", at: 0 },
  });
  const lost = (stepId: string): LedgerEntry => ({ kind: "lost", stepId, attemptNumber: 1 });

  test("finds a lost external attempt that is launched again without an answer", async () => {
    const outcome = new WorkflowParser().check(FLOW, "yaml");
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.issues));
    const steps = externalSteps(outcome.workflow.definition);
    const pay = "each[a].pay";
    expect(
      [pay, "sure", "other"].map((path) => [steps.isExternal(path), steps.needsAnswer(path)]),
    ).toEqual([
      [true, true],
      [true, false],
      [false, false],
    ]);
    const again = (...entries: LedgerEntry[]): string[] => {
      const ledger = new Ledger(join(new Folder().path, "ledger.ndjson"));
      for (const entry of entries) ledger.add(entry);
      return steps.launchedAgain(ledger);
    };
    const start: LedgerEntry = { kind: "process" };
    expect(again(start, launch(pay), start, lost(pay), launch(pay))).toEqual([pay]);
    const settled: LedgerEntry = { kind: "settled", stepId: pay };
    expect(again(start, start, lost(pay), settled, launch(pay))).toEqual([]);
    expect(again(start, start, lost("sure"), launch("sure"))).toEqual([]);
    expect(again(start, start, lost("other"), launch("other"))).toEqual([]);
  });
});

describe("Ledger", () => {
  test("keeps its entries for the next process, with the last instant", () => {
    const path = join(new Folder().path, "ledger.ndjson");
    const first = new Ledger(path);
    first.add({ kind: "process" });
    first.add({ kind: "commit", number: 1, entries: ["steps_due"], at: 7 });
    const second = new Ledger(path);
    expect([second.entries, second.lastAt, second.of("process")]).toEqual([
      first.entries,
      7,
      [{ kind: "process" }],
    ]);
    expect(new Ledger(`${path}.none`).lastAt).toBeUndefined();
  });
});
