import type { RunEvent } from "@automatosx/schemas";
import { cleanLine } from "../text/clean-text.js";
import { usedText } from "./budget.js";
import { count } from "./count.js";
import { instant } from "./duration.js";
import type { EventLine } from "./EventLine.js";
import { shortError } from "./reason.js";

type FactEvent = Extract<
  RunEvent,
  {
    readonly type:
      | "step_opened"
      | "gate_answered"
      | "signal_received"
      | "step_parked"
      | "step_unknown"
      | "budget_used"
      | "run_stopped";
  }
>;

/** Describes an event of a step that waits, or what a run receives. */
export function describeFact(event: FactEvent): EventLine {
  switch (event.type) {
    case "step_opened":
      return { status: "opened", subject: event.stepId, detail: openedDetail(event) };
    case "gate_answered": {
      const { by, note, approved } = event;
      const who = by === undefined ? "" : `  by ${cleanLine(by)}`;
      const remark = note === undefined ? "" : `  ${cleanLine(note)}`;
      return {
        status: approved ? "approved" : "rejected",
        subject: event.stepId,
        detail: `${who}${remark}`.trim(),
      };
    }
    case "signal_received":
      return {
        status: "signal",
        subject: cleanLine(event.name),
        detail: event.stepId === undefined ? "kept" : `for ${event.stepId}`,
      };
    case "step_parked":
      return {
        status: "parked",
        subject: event.stepId,
        detail: `until ${instant(event.until)}  ${cleanLine(event.scope)}`,
      };
    case "step_unknown":
      return {
        status: "unknown",
        subject: event.stepId,
        detail: shortError(event.error),
      };
    case "budget_used":
      return { status: "budget", subject: event.dimension, detail: usedText(event) };
    case "run_stopped":
      return {
        status: "stopped",
        subject: event.stepId,
        detail: `as ${event.as}${event.reason === undefined ? "" : `: ${cleanLine(event.reason)}`}`,
      };
  }
}

function openedDetail(event: Extract<FactEvent, { readonly type: "step_opened" }>): string {
  const { kind, keys, ask, signal, dueAt } = event;
  if (keys !== undefined) return count(keys.length, "item");
  const until = dueAt === undefined ? "" : instant(dueAt);
  if (kind === "timer") return until === "" ? "" : `until ${until}`;
  const what = ask ?? (signal === undefined ? kind : `signal ${signal}`);
  return cleanLine(what) + (until === "" ? "" : `  (by ${until})`);
}
