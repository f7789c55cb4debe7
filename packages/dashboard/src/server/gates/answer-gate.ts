import { userInfo } from "node:os";
import { Schemas } from "@automatosx/rescript-core";
import type { CommandOutcome, StepAnswer } from "@automatosx/workflow";
import { WorkflowError } from "@automatosx/workflow/errors";
import { headOf, isOwned, type StoredRun } from "@automatosx/workflow/observe";
import { shortId } from "@automatosx/workflow/run-view";
import type { ApiError } from "../../api/common.schema.js";
import type { GateAnswerBody, GateAnswered, GateDecision } from "../../api/gate.schema.js";
import type { SentCommand } from "../DashboardOptions.js";
import type { Reading } from "../Reading.js";
import { RefusedRequest } from "../RefusedRequest.js";
import { askedStep } from "./asked-step.js";
import { raisedBudget } from "./budget-question.js";
import { type FoundQuestion, findQuestion } from "./find-question.js";
import type { Question } from "./Question.js";

/** The decisions that each kind of question takes. */
const DECISIONS: Readonly<Record<Question["kind"], readonly GateDecision[]>> = {
  gate: ["approve", "reject", "edit", "send_back"],
  signal: ["signal"],
  unknown: ["done", "not_done"],
  budget: ["raise"],
};

/**
 * Answers a question, whichever process owns its run, and then resumes the run if it waits and no
 * process works on it. The answer is a fact even if the run cannot be resumed.
 *
 * @throws RefusedRequest 404 `gate_not_found`; 409 `gate_answered` with the answer that counts; 422
 * `invalid_answer` with the places that do not fit
 */
export async function answerGate(
  reading: Reading,
  id: string,
  body: GateAnswerBody,
): Promise<GateAnswered> {
  const found = findQuestion(reading, id);
  if (found.answer !== null) throw answered(found);
  const { run, view, question } = found;
  checkBody(found, body);
  const wasPausedFor = view.pausedFor;
  const by = signer();
  const command = commandFor(found, body, by);
  const outcome = await reading.options.control.send(run.runId, command);
  if (!outcome.ok) throw refusal(reading, id, { found, body, outcome });
  const now = reading.storage.getRun(run.runId) ?? run;
  // A person who paused the run wants it to stay paused.
  const mayResume = question.kind === "budget" || wasPausedFor === "waiting";
  const resumed = await resume(reading, now, mayResume);
  return { by, at: recordedAt(reading, id) ?? now.updatedAt, resumed };
}

/** When the answer was recorded; undefined if the question is open again. */
function recordedAt(reading: Reading, id: string): number | undefined {
  try {
    return findQuestion(reading, id).answer?.at;
  } catch (error) {
    if (error instanceof RefusedRequest) return undefined;
    throw error;
  }
}

function commandFor(
  { view, question }: FoundQuestion,
  body: GateAnswerBody,
  by: string,
): SentCommand {
  const { decision, values = {}, note, result } = body;
  if (question.kind === "budget")
    return {
      verb: "budget",
      budget: raisedBudget(question.budget, Number(values["limit"])),
      by,
    };
  const { stepId, attemptNumber, signal = "" } = question;
  const about = { attemptNumber, by, ...(note !== undefined && note !== "" && { note }) };
  const answer = (given: StepAnswer): SentCommand => ({ verb: "answer", stepId, answer: given });
  switch (decision) {
    case "signal":
      return { verb: "signal", name: signal, data: result ?? null };
    case "send_back":
      return { verb: "reopen", stepIds: [askedStep(view, stepId) ?? stepId], by };
    case "done":
      return answer({ ...about, done: true, result: result ?? null });
    case "not_done":
      return answer({ ...about, done: false });
    case "reject":
      return answer({ ...about, approved: false });
    case "edit":
      return answer({ ...about, approved: true, values, edits: body.edits });
    default:
      return answer({ ...about, approved: true, values });
  }
}

/** Refuses what the engine would misunderstand, or would refuse without naming the place. */
function checkBody(found: FoundQuestion, body: GateAnswerBody): void {
  const { run, view, question } = found;
  const { decision, revision } = body;
  const kinds = DECISIONS[question.kind];
  if (!kinds.includes(decision))
    throw RefusedRequest.body(
      `A question of the kind \`${question.kind}\` is not answered by \`${decision}\`, but by ` +
        `${kinds.join(", ")}.`,
    );
  if (question.kind === "budget") {
    const limit = body.values?.["limit"];
    const needsLimit = question.budget.heldBy !== "unmetered";
    if (needsLimit && !(typeof limit === "number" && Number.isFinite(limit)))
      throw misfit(run, "The new limit must be a number.", [
        { pointer: "/limit", message: "must be a number" },
      ]);
    return;
  }
  if (revision !== question.attemptNumber)
    throw new WorkflowError(
      "older_attempt",
      `Step \`${question.stepId}\` asks as attempt ${question.attemptNumber}, but the answer is ` +
        `for attempt ${revision}.`,
      { runId: run.runId, remedy: "Read the question again." },
    );
  if (decision === "edit" && !("edits" in body))
    throw RefusedRequest.body("An answer with `edit` must have `edits`: the new result.");
  if (decision === "send_back" && askedStep(view, question.stepId) === undefined)
    throw RefusedRequest.body(
      `The question of \`${question.stepId}\` does not show the result of one step, so there is ` +
        "no step to perform again.",
    );
}

/** The error for an outcome: who was first, or which values do not fit. */
function refusal(
  reading: Reading,
  id: string,
  given: {
    readonly found: FoundQuestion;
    readonly body: GateAnswerBody;
    readonly outcome: Extract<CommandOutcome, { readonly ok: false }>;
  },
): Error {
  const { found, body, outcome } = given;
  const { code, message, remedy } = outcome;
  const { run } = found;
  if (code === "gate_not_open" || code === "older_attempt" || code === "event_refused") {
    const now = findQuestion(reading, id);
    if (now.answer !== null) return answered(now);
  }
  if (code === "invalid_answer") return misfit(run, message, misfitsOf(found, body));
  return new WorkflowError(code, message, {
    runId: run.runId,
    ...(remedy !== undefined && { remedy }),
  });
}

function answered({ run, question, answer }: FoundQuestion): RefusedRequest {
  const by = answer?.by === undefined ? "" : ` by ${answer.by}`;
  const what = question.kind === "budget" ? "The budget" : `\`${question.stepId}\``;
  return new RefusedRequest(409, {
    code: "gate_answered",
    message: `${what} was answered${by}: ${answer?.decision ?? ""}. The first answer counts.`,
    remedy: "Look at the run: it has continued with that answer.",
    runId: run.runId,
    ...(answer !== null && { answer }),
  });
}

function misfit(run: StoredRun, message: string, issues: ApiError["issues"]): RefusedRequest {
  return new RefusedRequest(422, {
    code: "invalid_answer",
    message,
    remedy: "Correct the values that are named.",
    runId: run.runId,
    ...(issues !== undefined && { issues }),
  });
}

/** The places of the values that do not fit the form. */
function misfitsOf({ question }: FoundQuestion, body: GateAnswerBody): ApiError["issues"] {
  if (question.kind === "budget" || question.form === undefined) return undefined;
  const schema = Schemas.read(question.form);
  if (!schema.ok) return undefined;
  const value = body.decision === "signal" ? (body.result ?? null) : (body.values ?? {});
  return Schemas.validate(schema.schema, value).map(({ path, message }) => ({
    pointer: path.map((part) => `/${escaped(part)}`).join(""),
    message: message.replace(/^\$\S* /, ""),
  }));
}

function escaped(part: unknown): string {
  return String(part).replaceAll("~", "~0").replaceAll("/", "~1");
}

/** Resumes the run, or says why it does not continue. */
async function resume(
  { storage, options }: Reading,
  run: StoredRun,
  mayResume: boolean,
): Promise<GateAnswered["resumed"]> {
  const head = headOf(storage, run);
  const command = options.control.typed(["resume", shortId(head.runId)]);
  if (isOwned(run)) return { isResumed: true, command };
  if (run.status !== "paused")
    return { isResumed: false, because: `The run is ${run.status}.`, command };
  if (!mayResume)
    return { isResumed: false, because: "The run stays paused: a person paused it.", command };
  const launched = await options.control.launch({ verb: "resume", runId: head.runId });
  if (launched.ok) return { isResumed: true, command };
  // Another process has resumed the run in the meantime.
  if (launched.code === "run_owned_elsewhere") return { isResumed: true, command };
  return { isResumed: false, because: launched.message, command };
}

/** Who answers: the user of this machine, as on the command line. */
function signer(): string {
  const { env } = process;
  return env["USER"] || env["LOGNAME"] || env["USERNAME"] || userName();
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // The user has no entry on this machine.
    return "web page";
  }
}
