import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { RunCommand } from "../backend/run-command.js";
import type { BackendCase } from "./backend-suite-case.js";
import { openAttempts, type Trial, trialWorkflow } from "./backend-suite-trial.js";

const SLOW = { afterMs: 200 };

/** Commands to runs. */
export const steering: readonly BackendCase[] = [
  {
    number: 14,
    name: "pause-resume",
    promise: "starts nothing while a run is paused, records what is running, and continues",
    async run(trial) {
      const ids = Array.from({ length: 6 }, (_, n) => `s${n}`);
      const fan = Object.fromEntries(ids.map((id) => [id, SLOW]));
      const workflow = trialWorkflow(fan, { limits: { concurrency: 2 } });
      const runId = await trial.start(workflow);
      await trial.untilNoted("started", "s1");
      await trial.tell(runId, { verb: "pause" });
      const started = trial.notes("started").length;
      strictEqual((await trial.rest(runId)).status, "paused");
      await trial.advance(500);
      const open = openAttempts(trial.harness.agentLog.read());
      const answered = trial.notes("answered").length;
      deepStrictEqual({ started, answered, open }, { started: 2, answered: 2, open: [] });
      await trial.tell(runId, { verb: "resume" });
      strictEqual((await trial.rest(runId)).status, "completed");
      strictEqual(trial.notes("started").length, 6);
    },
  },
  {
    number: 15,
    name: "pause-stops",
    promise: "interrupts running attempts if a pause stops the agents, and uses up no retry",
    async run(trial) {
      const workflow = trialWorkflow({ once: { hangUntil: 1 }, next: { after: ["once"] } });
      const runId = await trial.start(workflow);
      await trial.untilNoted("started", "once");
      await trial.tell(runId, { verb: "pause", stopAgents: true });
      strictEqual((await trial.rest(runId)).status, "paused");
      await trial.untilNoted("stopped", "once");
      await trial.tell(runId, { verb: "resume" });
      strictEqual((await trial.rest(runId)).status, "completed");
      const failures = await trial.payloads(runId, "step_failed");
      deepStrictEqual(
        [trial.started(), failures.map(({ reason, final }) => [reason, final])],
        [["once#1", "once#2", "next#1"], [["interrupted", false]]],
      );
    },
  },
  {
    number: 16,
    name: "cancel",
    promise: "ends a run that is running, waiting or paused; stops its agents; declines the rest",
    async run(trial) {
      const hanging = { hangUntil: 9 };
      const retry = { max: 1, backoff: "1h", maxBackoff: "1h", jitter: "none" };
      const waiting = { failUntil: 1, keys: { retry } };
      const ids = [
        await trial.start(trialWorkflow({ hanging, next: { after: ["hanging"] } })),
        await trial.start(trialWorkflow({ waiting })),
        await trial.start(trialWorkflow({ paused: hanging })),
      ];
      await trial.untilNoted("started", "hanging");
      await trial.untilNoted("failed", "waiting");
      await trial.untilNoted("started", "paused");
      await trial.tell(ids[2] ?? "", { verb: "pause" });
      for (const runId of ids) {
        await trial.tell(runId, { verb: "cancel" });
        strictEqual((await trial.rest(runId)).status, "cancelled");
        await declinesEverything(trial, runId);
      }
      await trial.untilNoted("stopped", "hanging");
      await trial.untilNoted("stopped", "paused");
      strictEqual(trial.notes("started").length, 3);
    },
  },
  {
    number: 20,
    name: "racing-commands",
    promise: "answers each of fifty commands from two clients once, and does what it accepted",
    async run(trial) {
      const other = await trial.harness.open();
      const runId = await trial.start(trialWorkflow({ long: { afterMs: 3000 } }));
      await trial.untilNoted("started", "long");
      const names = Array.from({ length: 40 }, (_, n) => `checkpoint-${n}`);
      const commands: RunCommand[] = [
        ...names.map((name) => ({ verb: "checkpoint", name }) as const),
        ...Array.from({ length: 10 }, () => ({ verb: "resume" }) as const),
      ];
      const outcomes = await Promise.all(
        commands.map((command, n) =>
          trial.send(runId, command, n % 2 === 0 ? trial.backend : other),
        ),
      );
      strictEqual((await trial.rest(runId)).status, "completed");
      const ids = outcomes.flatMap((outcome) => (outcome.ok ? outcome.checkpointId : []));
      const written = (await trial.rows(runId)).flatMap(({ type, payload }) =>
        type === "checkpoint_created" ? (JSON.parse(payload) as { name?: string }) : [],
      );
      deepStrictEqual(
        {
          accepted: ids.length,
          distinct: new Set(ids).size,
          refused: outcomes.filter(({ ok }) => !ok).length,
          written: written.map(({ name = "" }) => name).toSorted((a, b) => a.localeCompare(b)),
        },
        {
          accepted: 40,
          distinct: 40,
          refused: 10,
          written: names.toSorted((a, b) => a.localeCompare(b)),
        },
      );
    },
  },
];

async function declinesEverything(trial: Trial, runId: string): Promise<void> {
  for (const verb of ["pause", "cancel", "resume", "checkpoint"] as const) {
    const { ok: isAccepted } = await trial.send(runId, { verb });
    strictEqual(isAccepted, false, `a cancelled run declines ${verb}`);
  }
}
