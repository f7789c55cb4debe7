import type { StoredRun } from "@automatosx/workflow/observe";
import { cleanText, questionText, type RunView, shortId } from "@automatosx/workflow/run-view";
import type { GivenAnswer } from "../../api/common.schema.js";
import type { GateRow } from "../../api/gate.schema.js";
import { gateId } from "../../api/gate-id.js";
import type { RunControl } from "../DashboardOptions.js";
import { budgetAsk, raisedLimit } from "./budget-question.js";
import type { Question } from "./Question.js";

/** What the row of a question is made of. */
export interface RowSource {
  readonly run: StoredRun;
  readonly view: RunView;
  readonly question: Question;
  readonly holdsRun: boolean;
  readonly answer: GivenAnswer | null;
}

/** Describes a question as a list shows it. */
export function gateRow(source: RowSource, control: Pick<RunControl, "typed">): GateRow {
  const { run, view, question, holdsRun, answer } = source;
  const { runId, workflowId } = run;
  const about = { runId, workflowId, holdsRun, answer };
  const command = control.typed(wordsFor(question));
  if (question.kind === "budget")
    return {
      ...about,
      id: gateId({ runId, attempt: 0 }),
      kind: "budget",
      ask: budgetAsk(question.budget),
      openedAt: run.updatedAt,
      command,
    };
  const { stepId: step, attemptNumber: attempt, kind, openedAt, dueAt } = question;
  const expiry = expiryOf(view, step);
  return {
    ...about,
    id: gateId({ runId, step, attempt }),
    kind,
    step,
    ask: askText(question),
    ...(openedAt !== undefined && { openedAt }),
    ...(dueAt !== undefined && { dueAt }),
    ...(dueAt !== undefined && expiry !== undefined && { expiry }),
    command,
  };
}

/** What a question asks, whole. */
function askText(question: Exclude<Question, { readonly kind: "budget" }>): string {
  const { kind, ask, stepId, signal } = question;
  switch (kind) {
    case "gate":
      return cleanText(ask ?? questionText(question));
    case "signal":
      return `Has ${signal ?? stepId} happened?`;
    case "unknown":
      return `Has ${stepId} taken effect?`;
  }
}

/** The command that answers a question, as words. */
function wordsFor(question: Question): readonly string[] {
  const run = shortId(question.runId);
  switch (question.kind) {
    case "budget": {
      const { dimension, value } = raisedLimit(question.budget);
      return ["resume", run, "--budget", `${dimension}=${value}`];
    }
    case "gate":
      return ["approve", run, question.stepId, ...requiredValues(question.form)];
    case "signal": {
      const data = question.form === undefined ? [] : ["--data", "JSON"];
      return ["signal", run, question.signal ?? "", ...data, "--resume"];
    }
    case "unknown":
      return ["answer", run, question.stepId, "--done"];
  }
}

function requiredValues(form: unknown): readonly string[] {
  const required = (form as { readonly required?: unknown } | undefined)?.required;
  if (!Array.isArray(required)) return [];
  return required.flatMap((name) => [
    "--set",
    `${String(name)}=${String(name).replace(/\W+/gu, "_").toUpperCase()}`,
  ]);
}

const GATE_EXPIRY = { reject: "rejects itself", approve: "approves itself", skip: "is skipped" };
const WAIT_EXPIRY = { fail: "fails", skip: "is skipped", continue: "continues without it" };

function expiryOf(view: RunView, stepId: string): string | undefined {
  const { gate, wait } = view.step(stepId) ?? {};
  if (gate !== undefined) return GATE_EXPIRY[gate.onExpire];
  return wait?.onTimeout === undefined ? undefined : WAIT_EXPIRY[wait.onTimeout];
}
