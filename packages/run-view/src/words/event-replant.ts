import type { RunEvent } from "@automatosx/schemas";
import { cleanLine } from "../text/clean-text.js";
import type { EventLine } from "./EventLine.js";
import { shortId } from "./short-id.js";

type Replant = Extract<
  RunEvent,
  { readonly type: "result_edited" | "steps_reopened" | "definition_changed" | "step_reused" }
>;

/** Describes an event by which a run goes back, or a step that keeps its result. */
export function describeReplant(event: Replant): EventLine {
  if (event.type === "step_reused")
    return { status: "reused", subject: event.stepId, detail: "same request as before" };
  const detail = [countsOf(event), byWhom(event)].filter((part) => part !== "").join("  ");
  switch (event.type) {
    case "result_edited":
      return { status: "edited", subject: event.stepId, detail };
    case "steps_reopened":
      return { status: "reopened", subject: event.stepIds.map(cleanLine).join(", "), detail };
    case "definition_changed":
      return { status: "amended", subject: `run ${shortId(event.runId)}`, detail };
  }
}

function countsOf(event: Exclude<Replant, { readonly type: "step_reused" }>): string {
  const counts = [
    [event.kept, "kept"],
    [event.stale, "stale"],
    [event.new, "new"],
    [event.dropped, "dropped"],
  ] as const;
  return counts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(", ");
}

function byWhom({ by }: { readonly by?: string }): string {
  return by === undefined ? "" : `by ${cleanLine(by)}`;
}
