import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  openSqliteStorage,
  type PreparedWorkflow,
  type StoragePort,
  WorkflowParser,
} from "@automatosx/workflow";
import { messageOf } from "@automatosx/workflow/errors";
import { RunReader } from "@automatosx/workflow/observe";
import type { Action } from "../Case.js";
import { childPrefix } from "../child-path.js";
import { MissedMoment, Stage } from "../Stage.js";
import { castMemory } from "./cast-memory.js";
import { type Interrupted, isLost, restOf } from "./continue-action.js";
import { externalSteps } from "./external-steps.js";
import { fatalStorage } from "./fatal-storage.js";
import type { Job, JobReport, LostAttempt } from "./job.js";
import { Ledger } from "./Ledger.js";
import type { Play } from "./Play.js";
import { settleUnknown } from "./settle-unknown.js";

/**
 * Plays a case to its end, from where an earlier process was killed. With `job.kill`, this process
 * is killed on the way.
 */
export async function playJob(job: Job): Promise<JobReport> {
  mkdirSync(job.folder, { recursive: true });
  const ledger = new Ledger(join(job.folder, "ledger.ndjson"));
  const real = openSqliteStorage({
    path: join(job.folder, "workflow.db"),
    durability: "process",
  });
  const lost = lostAttempts(real, ledger);
  let now = (): number => ledger.lastAt ?? 0;
  const storage = fatalStorage(real, { ledger, now: () => now(), kill: job.kill });
  const { actions } = job.case;
  const at = ledger.of("action").length - 1;
  if (isCrashOf(actions[at], { ledger, lost })) ledger.add({ kind: "crash" });
  const memory = castMemory(ledger, lost);
  let index = Math.max(0, at);
  using stage = new Stage(job.case, job.directory, storage, {
    folder: job.folder,
    startAt: ledger.lastAt,
    memory,
    onMoment: () => {
      ledger.add({ kind: "moment", index });
      if (actions[index]?.crashWhen === undefined) return;
      ledger.add({ kind: "crash" });
      for (const { agentId } of lostAttempts(real, ledger))
        ledger.add({ kind: "crashed", agentId });
    },
  });
  now = () => stage.now;
  const workflow = await prepared(stage, job);
  const play: Play = { job, stage, storage, ledger, workflow, lost, problems: [] };
  ledger.add({ kind: "process" });
  for (const { stepId, attemptNumber } of lost) ledger.add({ kind: "lost", stepId, attemptNumber });
  if (at >= 0 && ledger.of("acted").length <= at) await continueAction(play, at, actions[at] ?? {});
  for (index = at + 1; index < actions.length; index += 1)
    await perform(play, index, actions[index] ?? {});
  if (stage.facts()?.status === "completed") await stage.readOutputs();
  return reportOf(play);
}

/**
 * Whether the kill stands for the crash of an action: the attempt that it waits for was launched.
 */
function isCrashOf(
  action: Action | undefined,
  { ledger, lost }: { readonly ledger: Ledger; readonly lost: readonly LostAttempt[] },
): boolean {
  const step = action?.crashWhen;
  const launched = lost.filter(({ stepId, attemptNumber }) =>
    ledger.of("launch").some((one) => one.stepId === stepId && one.attemptNumber === attemptNumber),
  );
  return step !== undefined && isLost({ action: action ?? {}, lost: launched }, step);
}

async function prepared(stage: Stage, job: Job): Promise<PreparedWorkflow> {
  const outcome = await new WorkflowParser().checkFile(stage.placed(job.case.workflow));
  if (outcome.ok) return outcome.workflow;
  throw new Error("the workflow is not valid");
}

async function perform(play: Play, index: number, action: Action): Promise<void> {
  const { stage, ledger } = play;
  const { journalSeq: seq = 0, childEntryCount = 0 } = stage.facts() ?? {};
  ledger.add({ kind: "action", index, seq, childEntryCount, at: stage.now });
  if (action.answer !== undefined) ledger.add({ kind: "settled", stepId: action.answer.step });
  await tryAction(play, action);
  await settleUnknown(play, index);
  ledger.add({ kind: "acted", index, at: stage.now });
}

async function continueAction(play: Play, index: number, action: Action): Promise<void> {
  const { stage, ledger } = play;
  const interrupted = interruptedBy(play, index, action);
  const rest = restOf(interrupted);
  const moment = action.pauseWhen ?? action.cancelWhen;
  // The attempt that the action waits for is not repeated while its outcome is unknown.
  const mayMiss = moment !== undefined && isLost(interrupted, moment);
  if (rest === "pause") await stage.pause();
  else if (rest !== "nothing") await tryAction(play, rest.action, mayMiss);
  await settleUnknown(play, index, mayMiss && rest instanceof Object ? rest.action : undefined);
  ledger.add({ kind: "acted", index, at: stage.now });
}

/** Performs an action, which may be refused as the case expects. */
async function tryAction(
  { stage, workflow, problems }: Play,
  action: Action,
  mayMiss = false,
): Promise<void> {
  try {
    await stage.perform(action, workflow);
  } catch (error) {
    if (error instanceof MissedMoment && mayMiss) return;
    if (action.refused === undefined) problems.push(messageOf(error));
  }
}

function interruptedBy(play: Play, index: number, action: Action): Interrupted {
  const { stage, storage, ledger, lost, workflow } = play;
  const facts = stage.facts();
  const begun = ledger.of("action").find((entry) => entry.index === index);
  const own =
    facts === undefined ? [] : [...storage.readJournal("test", begun?.seq ?? 0)].map(typeOf);
  const isInside = (facts?.childEntryCount ?? 0) > (begun?.childEntryCount ?? 0);
  const since = isInside ? [...own, "child_run"] : own;
  const hasFired =
    ledger.of("moment").some((entry) => entry.index === index) ||
    isCrashOf(action, { ledger, lost }) ||
    // It is not repeated, launched or not.
    (action.crashWhen !== undefined &&
      isLost({ action, lost }, action.crashWhen) &&
      externalSteps(workflow.definition).isExternal(action.crashWhen));
  return { action, facts, since, hasFired, lost };
}

function typeOf({ type }: { readonly type: string }): string {
  return type;
}

/** Returns the attempts in flight of runs that a dead process has left, as the case names them. */
function lostAttempts(storage: StoragePort, ledger: Ledger): LostAttempt[] {
  const launches = ledger.of("launch");
  const launched = (runId: string, stepId: string, attemptNumber: number): string | undefined =>
    launches.find(
      (one) => one.runId === runId && one.stepId === stepId && one.attemptNumber === attemptNumber,
    )?.agentId;
  return storage.listRuns().flatMap(({ runId }) =>
    RunReader.open(storage, runId)
      .catchUp()
      .view.steps()
      .filter(({ status }) => status === "running")
      .map(({ id, attemptNumber, agentId }) => {
        const stepId = childPrefix(runId) + id;
        // Another agent may have taken over.
        return {
          stepId,
          attemptNumber,
          agentId: launched(runId, stepId, attemptNumber) ?? agentId,
        };
      }),
  );
}

function reportOf({ stage, ledger, lost, problems, workflow }: Play): JobReport {
  const launches: Record<string, number> = {};
  for (const { agentId, stepId } of ledger.of("launch"))
    if (!stepId.endsWith(":reconcile")) launches[agentId] = (launches[agentId] ?? 0) + 1;
  const lastProcess = ledger.entries.findLastIndex(({ kind }) => kind === "process");
  const commits = ledger.entries
    .slice(lastProcess)
    .flatMap((entry) =>
      entry.kind === "commit" ? [{ number: entry.number, entries: entry.entries }] : [],
    );
  const again = externalSteps(workflow.definition).launchedAgain(ledger);
  return {
    facts: stage.facts(),
    commits,
    launches,
    lost,
    crashed: ledger.of("crashed").map(({ agentId }) => agentId),
    problems: [
      ...problems,
      ...again.map((path) => `\`${path}\` was launched again before its outcome was known`),
    ],
  };
}
