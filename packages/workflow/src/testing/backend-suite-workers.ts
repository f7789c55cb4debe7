import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { PreparedWorkflow } from "../definition/PreparedWorkflow.js";
import type { AgentNote } from "./backend-suite-agent.js";
import type { BackendCase } from "./backend-suite-case.js";
import { fullNameOf, type Trial, type TrialStep, trialWorkflow } from "./backend-suite-trial.js";

const SLOTS = 3;
const AGENT_LIMIT = 10;
const LONG_ATTEMPT_MS = 150_000;
/** How long the packets of a worker are swallowed. */
const CUT_OFF_MS = 30_000;

/** Several workers, and workers that cannot be reached. */
export const workers: readonly BackendCase[] = [
  {
    number: 8,
    name: "worker-slots",
    promise: "does no more at once than its workers have slots",
    needs: ["slots"],
    setup: { workers: 2, slots: SLOTS },
    async run(trial) {
      const workflow = trialWorkflow({ a: { afterMs: 300 } });
      const ids = await Promise.all(Array.from({ length: 16 }, () => trial.start(workflow)));
      for (const runId of ids) await trial.restAs(runId, "completed");
      const most = trial.mostAtOnce();
      ok(most <= 2 * SLOTS && most > 1, `${most} attempts at once`);
      sharedByWorkers(trial);
    },
  },
  {
    number: 9,
    name: "global-agent-limit",
    promise: "keeps the limit of an agent across all runs and workers",
    needs: ["global limits"],
    setup: { workers: 2, agentLimit: AGENT_LIMIT },
    async run(trial) {
      const ids = Array.from({ length: 20 }, (_, n) => `g${n}`);
      const workflow = trialWorkflow(Object.fromEntries(ids.map((id) => [id, { afterMs: 300 }])));
      const runs = [await trial.start(workflow), await trial.start(workflow)];
      for (const runId of runs) await trial.restAs(runId, "completed");
      const most = trial.mostAtOnce();
      ok(most <= AGENT_LIMIT && most > AGENT_LIMIT / 2, `${most} attempts at once`);
      sharedByWorkers(trial);
    },
  },
  {
    number: 28,
    name: "worker-frozen",
    promise:
      "continues elsewhere when a worker stands still, and declines what that one says later",
    needs: ["freeze worker"],
    setup: { workers: 2 },
    run: (trial) =>
      passedOn(trial, async (runId) => {
        const frozen = await trial.harness.freeze?.(runId);
        return frozen && { afterMs: frozen.passedOnAfterMs, end: () => frozen.thaw() };
      }),
  },
  {
    number: 29,
    name: "worker-partitioned",
    promise: "continues elsewhere when a worker is cut off, and declines what that one says later",
    needs: ["partition"],
    setup: { workers: 2 },
    run: (trial) =>
      passedOn(trial, async (runId) => {
        const cut = await trial.harness.partition?.(runId);
        return cut && { afterMs: cut.passedOnAfterMs, end: () => cut.heal() };
      }),
  },
  {
    number: 32,
    name: "long-attempt",
    promise: "performs an attempt of minutes once",
    isLong: true,
    async run(trial) {
      const runId = await trial.start(
        trialWorkflow({ long: { afterMs: LONG_ATTEMPT_MS }, end: { after: ["long"] } }),
      );
      await trial.restAs(runId, "completed");
      deepStrictEqual(trial.started(), ["long#1", "end#1"]);
    },
  },
  {
    number: 57,
    name: "worker-silent",
    promise: "completes every run of a worker that is silent for half a minute",
    needs: ["partition"],
    setup: { workers: 2 },
    isLong: true,
    async run(trial) {
      const runIds = await Promise.all(busyWorkflows().map((workflow) => trial.start(workflow)));
      await trial.until("every run is at work", () =>
        runIds.every((runId) => trial.notes("answered", runId).length > 0),
      );
      const [runId = ""] = runIds;
      const cut = await trial.harness.partition?.(runId);
      await trial.advance(CUT_OFF_MS);
      // What was sent before and during the silence now arrives, late.
      await cut?.heal();
      for (const each of runIds) await trial.restAs(each, "completed");
      const { repeated, beside } = repeatedAttempts(trial.harness.agentLog.read());
      trial.state(`${repeated.length} attempts were repeated, ${beside.length} beside the first`);
      if (trial.harness.fencesAgents === true)
        deepStrictEqual(beside, [], "no attempt is repeated before its agent has ended");
    },
  },
];

/** Both workers have performed attempts, if the notes say which one did. */
function sharedByWorkers(trial: Trial): void {
  const names = trial.notes("started").flatMap(({ worker }) => worker ?? []);
  if (names.length > 0) strictEqual(new Set(names).size, 2, `only ${names[0]} took part`);
}

/** The attempts that came after another one, and those that began before that one had ended. */
function repeatedAttempts(notes: readonly AgentNote[]) {
  const ended = new Set<string>();
  const repeated: string[] = [];
  const beside: string[] = [];
  for (const note of notes) {
    if (note.what !== "started") ended.add(fullNameOf(note));
    else if (note.attemptNumber > 1) {
      repeated.push(fullNameOf(note));
      const before = fullNameOf({ ...note, attemptNumber: note.attemptNumber - 1 });
      if (!ended.has(before)) beside.push(fullNameOf(note));
    }
  }
  return { repeated, beside };
}

/** Workflows that write all the time: small results, large ones, and many at once; each twice. */
function busyWorkflows(): readonly PreparedWorkflow[] {
  const chain = (count: number, step: TrialStep): PreparedWorkflow =>
    trialWorkflow(
      Object.fromEntries(
        Array.from({ length: count }, (_, n) => [
          `s${n}`,
          { ...step, ...(n > 0 && { after: [`s${n - 1}`] }) },
        ]),
      ),
    );
  const wide = Array.from({ length: 20 }, (_, n) => [`w${n}`, { after: ["s0"], afterMs: 12_000 }]);
  const workflows = [
    trialWorkflow({ s0: {}, ...Object.fromEntries(wide) }),
    chain(600, { afterMs: 20 }),
    chain(30, { afterMs: 200, size: 1_000_000 }),
  ];
  return [...workflows, ...workflows];
}

interface Absence {
  /** How long it may take until the attempt is made elsewhere, in ms. */
  readonly afterMs: number;
  end(): Promise<void>;
}

/** An attempt whose worker is away is made again elsewhere; its own end counts no more. */
async function passedOn(
  trial: Trial,
  begin: (runId: string) => Promise<Absence | undefined>,
): Promise<void> {
  const steps = { a: {}, away: { after: ["a"], hangUntil: 1 }, end: { after: ["away"] } };
  const runId = await trial.start(trialWorkflow(steps));
  await trial.untilNoted("started", "away");
  const absence = await begin(runId);
  if (absence === undefined) throw new Error("the worker is not away");
  await trial.until(
    "the attempt is made elsewhere",
    async () => {
      await trial.goOn(runId).catch(() => undefined);
      return trial.started().includes("away#2");
    },
    absence.afterMs,
  );
  await trial.until("the run is completed", async () => {
    const summary = await trial.summary(runId).catch(() => undefined);
    return summary?.status === "completed";
  });
  const before = await trial.rows(runId);
  await absence.end();
  await trial.untilNoted("stopped", "away");
  deepStrictEqual(await trial.rows(runId), before, "what comes late changes nothing");
  const failures = await trial.payloads(runId, "step_failed");
  strictEqual(failures.map(({ reason }) => reason).join(), "interrupted");
  deepStrictEqual(trial.started(), ["a#1", "away#1", "away#2", "end#1"]);
}
