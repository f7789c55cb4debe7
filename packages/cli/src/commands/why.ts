import {
  isOwned,
  latestChildRuns,
  RunReader,
  type StepInfo,
  type StoragePort,
  type StoredRun,
} from "@automatosx/workflow/observe";
import {
  causeOfRun,
  describeCause,
  failedStep,
  RerunMarks,
  type RunView,
  rerunRemark,
  type StepCause,
} from "@automatosx/workflow/run-view";
import { announceFoundDatabase, type DbOptions, openToRead } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { findPlace } from "../find-place.js";
import { findStep } from "../find-step.js";
import { type CliIo, messages } from "../io.js";
import { type NextLine, next } from "../next/actions.js";
import { lineForChangedFile } from "../next/amended-file.js";
import { handlersLeft, handlersLeftText, linesForHandlers } from "../next/handlers-left.js";
import { conditionOf } from "../next/run-condition.js";
import { hasOutput, lineAfterShow } from "../next/run-lines.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { factsOf } from "../render/run-status.js";
import { shortId } from "../render/short-id.js";
import { wrap } from "../render/wrap.js";

const INDENT = "  ";

/**
 * Explains where a step is, and why: the chain of causes that the core works out, and what going
 * back has done to the steps in it. Without a step, explains the end of the run, or what it waits
 * for.
 */
export async function why(
  io: CliIo,
  id: string,
  typed: string | undefined,
  options: DbOptions & { readonly json?: boolean },
): Promise<ExitCode> {
  announceFoundDatabase(io, options);
  using storage = await openToRead(io, options);
  const { run, word } = findPlace(storage, id, typed);
  const { runId } = run;
  const { view } = RunReader.open(storage, runId).catchUp();
  const steps = view.steps();
  const show = next("show_run", conditionOf(run), { run: shortId(runId) });
  const step = word === undefined ? undefined : findStep(steps, word, { runId, next: show });
  const cause = step === undefined ? causeOfRun(factsOf(run), view) : undefined;
  const stepIds = step === undefined ? (cause?.stepIds ?? []) : [step.id];
  const causes = chainOf(view, stepIds);
  const below = causesBelow(storage, runId, causes);
  // These causes of the core already state what a remark would.
  const explained = new Set(
    causes.flatMap(({ type, stepId }): string[] =>
      type === "changed" || type === "reused" ? [stepId] : [],
    ),
  );
  const about = [...stepIds, ...causes.map(({ stepId }) => stepId)];
  const rest = about.filter((stepId) => !explained.has(stepId));
  const remarks = remarksOn(rest, view, new RerunMarks(view));
  const left = step === undefined ? handlersLeft(storage, run) : [];
  const { stdout } = io;
  if (options.json === true) {
    const subject = step === undefined ? { status: run.status } : statusOf(step);
    const said = [...remarks].map(([stepId, remark]) => ({ stepId, remark }));
    stdout.json({
      schemaVersion: SCHEMA_VERSION,
      runId,
      ...subject,
      ...(cause !== undefined && { cause: cause.text }),
      causes,
      ...(below.length > 0 && { childRuns: below }),
      ...(said.length > 0 && { remarks: said }),
      ...(left.length > 0 && { handlersLeft: left.map((child) => child.runId) }),
    });
    return ExitCode.ok;
  }
  const now = Date.now();
  const isActive = isOwned(run);
  const say = (text: string): void => {
    for (const line of wrap(stdout, text, INDENT)) stdout.line(line);
  };
  if (cause !== undefined)
    say(left.length === 0 ? cause.text : `${cause.text}, but ${handlersLeftText(left)}`);
  for (const each of causes) {
    say(describeCause(each, { now, isActive }));
    const remark = remarks.get(each.stepId);
    if (remark === undefined) continue;
    say(remark);
    remarks.delete(each.stepId);
  }
  for (const remark of remarks.values()) say(remark);
  for (const child of below) {
    say(child.cause);
    for (const each of child.causes) say(describeCause(each, { now, isActive }));
  }
  const explaining = steps.filter((one) => causes.some(({ stepId }) => stepId === one.id));
  const line =
    (await lineForChangedFile(io, storage, run, options)) ??
    lineAfterCauses(storage, run, view, explaining);
  for (const each of left.length > 0 ? linesForHandlers(left) : [line])
    renderNext(messages(io), each, options);
  return ExitCode.ok;
}

/** The logs of the failed step among those that explain a failed run; else as after `show`. */
function lineAfterCauses(
  storage: StoragePort,
  run: StoredRun,
  view: RunView,
  explaining: readonly StepInfo[],
): NextLine {
  const { runId, status } = run;
  const failed = status === "failed" ? failedStep(explaining) : undefined;
  return failed !== undefined && hasOutput(storage, runId, failed.id)
    ? next("read_logs", conditionOf(run), { run: shortId(runId), step: failed.id })
    : lineAfterShow(storage, run, view);
}

/** Why a child run is where it is. */
interface ChildCause {
  readonly runId: string;
  /** As a sentence. */
  readonly cause: string;
  readonly causes: readonly StepCause[];
}

/** What explains the steps among these that wait for their runs, down to the last of the runs. */
function causesBelow(
  storage: StoragePort,
  runId: string,
  causes: readonly StepCause[],
): readonly ChildCause[] {
  const steps = new Set(causes.flatMap(({ type, stepId }) => (mayLeadOn(type) ? [stepId] : [])));
  if (steps.size === 0) return [];
  return latestChildRuns(storage, runId)
    .filter(({ parentStepId = "", status }) => steps.has(parentStepId) && status !== "completed")
    .flatMap((run) => {
      const { view } = RunReader.open(storage, run.runId).catchUp();
      const { text, stepIds } = causeOfRun(factsOf(run), view);
      const own = chainOf(view, stepIds);
      const about = { runId: run.runId, cause: text, causes: own };
      return [about, ...causesBelow(storage, run.runId, own)];
    });
}

function mayLeadOn(type: StepCause["type"]): boolean {
  return type === "run" || type === "running" || type === "failed";
}

function statusOf({ id, status }: StepInfo): object {
  return { stepId: id, status };
}

/** The chains of these steps, without a cause that an earlier chain already has. */
function chainOf(view: RunView, stepIds: readonly string[]): readonly StepCause[] {
  const explained = new Set<string>();
  return stepIds.flatMap((stepId) => {
    if (explained.has(stepId)) return [];
    const chain = view.why(stepId).filter((cause) => !explained.has(cause.stepId));
    for (const cause of chain) explained.add(cause.stepId);
    return chain;
  });
}

function remarksOn(
  stepIds: readonly string[],
  view: RunView,
  marks: RerunMarks,
): Map<string, string> {
  return new Map(
    [...new Set(stepIds)].flatMap((stepId): [string, string][] => {
      const step = view.step(stepId);
      const remark = step && rerunRemark(step, marks);
      return remark === undefined ? [] : [[stepId, remark]];
    }),
  );
}
