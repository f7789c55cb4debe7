import { hash } from "node:crypto";
import {
  completedText,
  cutLine,
  pauseOf,
  pauseText,
  type RunView,
  shortError,
  shortId,
  usedText,
} from "@automatosx/run-view";
import type { RunEvent } from "@automatosx/schemas";
import { RunQueries } from "../core/workflow-state-machine.js";
import type { StoredRun } from "../storage/StoragePort.js";
import { cleanLine } from "../terminal-text.js";
import { NOTICE_VERSION, type Notice } from "./Notice.js";

/** The maximum length of an error and of a question in a notice, in characters. */
const MAX_ERROR_LENGTH = 2_000;
const MAX_ASK_LENGTH = 4_000;

/** The largest form that a notice contains, as JSON. */
const MAX_FORM_LENGTH = 16_000;

/** What a notice says besides what all notices of its run say. */
type About = Pick<
  Notice,
  "type" | "text" | "step" | "error" | "errorCode" | "gate" | "budget" | "counts"
>;

/**
 * Derives the notices of a run from its journal: each call of `of` returns those of the next event.
 * The same journal always gives the same notices, with the same ids.
 */
export class RunNotices {
  readonly #row: StoredRun;
  readonly #view: RunView;
  /** The shares of a budget that receivers subscribed to, in percent. */
  readonly #percents: readonly number[];
  readonly #used = new Map<string, number>();

  /** `view` is the run as of the entry after which the notices begin. */
  constructor(row: StoredRun, view: RunView, percents: readonly number[]) {
    this.#row = row;
    this.#view = view;
    this.#percents = view.origin.definition.budget === undefined ? [] : percents;
    this.#crossed();
  }

  /** Returns the notices of an event of the run. The view must have applied its entry. */
  of(event: RunEvent): readonly Notice[] {
    return [...this.#abouts(event), ...this.#crossed()].map((about) => this.#notice(event, about));
  }

  #abouts(event: RunEvent): readonly About[] {
    switch (event.type) {
      case "run_state":
        return this.#ofState(event);
      case "step_failed":
        // A step that failed because of one inside it adds nothing to the notice of that one.
        return event.final && event.reason !== "inner" ? [failure(event)] : [];
      case "step_opened":
        return event.kind === "gate" ? [this.#question(event)] : [];
      case "step_unknown": {
        const error = cutLine(event.error, MAX_ERROR_LENGTH);
        const text = `${cleanLine(event.stepId)} is unknown: ${shortError(event.error)}`;
        return [{ type: "outcome_unknown", text, step: stepOf(event), error }];
      }
      default:
        return [];
    }
  }

  #ofState(event: Extract<RunEvent, { type: "run_state" }>): readonly About[] {
    const { state, status } = event;
    if (state === "paused") {
      const pause = pauseOf(this.#view);
      const why = pause === undefined ? "" : pauseText(pause);
      return [{ type: "run_paused", text: `the run is paused${why === "" ? "" : `: ${why}`}` }];
    }
    const hasEnded = state === "completed" || state === "failed" || state === "cancelled";
    if (!hasEnded || this.#row.parentStepId !== undefined) return [];
    const { totalSteps, completedSteps, failedSteps, skippedSteps, cancelledSteps } =
      this.#view.metrics();
    const { error, errorCode } = event;
    const why = error === undefined ? "" : `: ${shortError(error)}`;
    return [
      {
        type: "run_ended",
        text:
          status === "completed"
            ? `the run is ${completedText({ completedSteps, failedSteps })}`
            : `the run ${status === "failed" ? "failed" : "was cancelled"}${why}`,
        ...(error !== undefined && { error: cutLine(error, MAX_ERROR_LENGTH) }),
        ...(errorCode !== undefined && { errorCode }),
        counts: {
          ...{ total: totalSteps, completed: completedSteps, failed: failedSteps },
          ...{ skipped: skippedSteps, cancelled: cancelledSteps },
        },
      },
    ];
  }

  #question(event: Extract<RunEvent, { type: "step_opened" }>): About {
    const { stepId, dueAt } = event;
    const { ask = event.ask ?? "", form } = RunQueries.question(this.#view.machine, stepId) ?? {};
    const isShown = form !== undefined && JSON.stringify(form).length <= MAX_FORM_LENGTH;
    return {
      type: "gate_opened",
      text: `${cleanLine(stepId)} waits for an answer: ${cleanLine(cutLine(ask, MAX_ASK_LENGTH))}`,
      step: stepOf({ stepId, attemptNumber: this.#view.step(stepId)?.attemptNumber ?? 0 }),
      gate: {
        ask: cutLine(ask, MAX_ASK_LENGTH),
        ...(dueAt !== undefined && { dueAt }),
        ...(isShown && { form }),
      },
    };
  }

  /** The shares of the budget that have been passed since the last call. */
  #crossed(): readonly About[] {
    if (this.#percents.length === 0) return [];
    return (this.#view.budget()?.shares ?? []).flatMap((share) => {
      const { dimension, percent } = share;
      const before = this.#used.get(dimension);
      this.#used.set(dimension, percent);
      return this.#percents.flatMap((limit): About[] =>
        before !== undefined && before < limit && percent >= limit
          ? [
              {
                type: `budget_${limit}`,
                text: `${dimension} ${usedText(share)}`,
                budget: share,
              },
            ]
          : [],
      );
    });
  }

  #notice({ seq, at }: RunEvent, { type, text, ...about }: About): Notice {
    const { runId, workflowId, workflowVersion, parentRunId, parentStepId } = this.#row;
    const place = about.step?.path ?? about.budget?.dimension ?? "";
    return {
      version: NOTICE_VERSION,
      id: idOf([runId, this.#row.createdAt, seq, type, place]),
      ...{ type, at },
      text: `${cleanLine(workflowId)} ${shortId(runId)}: ${text}`,
      run: {
        ...{ id: runId, workflowId, workflowVersion },
        workflowName: this.#view.origin.definition.name,
        status: this.#view.status,
        ...(parentStepId !== undefined &&
          parentRunId !== undefined && { parentRunId, parentStepId }),
      },
      seq,
      ...about,
    };
  }
}

function failure(event: Extract<RunEvent, { type: "step_failed" }>): About {
  return {
    type: "step_failed",
    text: `${cleanLine(event.stepId)} failed: ${shortError(event.error)}`,
    step: stepOf(event),
    error: cutLine(event.error, MAX_ERROR_LENGTH),
  };
}

function stepOf({ stepId, attemptNumber }: { stepId: string; attemptNumber: number }): {
  readonly path: string;
  readonly attemptNumber: number;
} {
  return { path: stepId, attemptNumber };
}

// A run id that a caller chose may be used again after the run was removed.
function idOf(parts: readonly (string | number)[]): string {
  return `msg_${hash("sha256", JSON.stringify(parts), "hex").slice(0, 32)}`;
}

/** Whether a receiver with these subscriptions gets a notice. */
export function isSubscribed(on: readonly string[], { type, run }: Notice): boolean {
  if (on.includes(type)) return true;
  return type === "run_ended" && run.status === "failed" && on.includes("run_failed");
}

/** The shares of a budget in these subscriptions, in percent, in order. */
export function percentsIn(on: readonly string[]): readonly number[] {
  const percents = on.flatMap((each) => /^budget_(\d+)$/.exec(each)?.[1] ?? []).map(Number);
  return [...new Set(percents)].sort((a, b) => a - b);
}
