import { findRun, isOwned } from "@automatosx/workflow/observe";
import { describeCause } from "@automatosx/workflow/run-view";
import type { Why } from "../api/run.schema.js";
import type { Reading } from "./Reading.js";
import { RefusedRequest } from "./RefusedRequest.js";

/** Explains the status of a step, at the end of the journal or after one of its entries. */
export function explainStep(
  reading: Reading,
  part: string,
  step: string,
  at: number | undefined,
): Why {
  const { storage, readers } = reading;
  const run = findRun(storage, part);
  const reader = at === undefined ? readers.latest(run.runId) : readers.at(run.runId, at);
  const { view } = reader;
  if (view.step(step) === undefined) throw RefusedRequest.step(run.runId, step);
  // At an earlier event its process lived.
  const situation =
    at === undefined || reader.seq < at
      ? { now: reading.now(), isActive: isOwned(run, reading.now()) }
      : { now: view.at, isActive: true };
  return {
    step,
    causes: view.why(step).map((cause) => ({
      text: describeCause(cause, situation),
      step: cause.stepId,
      data: cause,
    })),
  };
}
