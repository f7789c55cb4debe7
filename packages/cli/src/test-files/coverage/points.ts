import type { RunEvent } from "@automatosx/schemas";
import { type PreparedWorkflow, placeInDefinition } from "@automatosx/workflow";

type Definition = PreparedWorkflow["definition"];
type Step = Definition["steps"][number];

/** What can happen at a step, in words that a report uses. */
export type PointKind =
  | "step"
  | "handler"
  | "if_false"
  | "empty_list"
  | "second_round"
  | "rounds_used_up"
  | "approved"
  | "rejected"
  | "expired"
  | "fallback"
  | "check_fails";

/** Something in a workflow that a case can reach. */
export interface Point {
  /** The place of the step in the definition: `build.test`, `:failure.report`. */
  readonly step: string;
  readonly kind: PointKind;
}

/** Returns everything in a workflow that cases can reach, in the order of the definition. */
export function pointsOf({ steps, on }: Definition): Point[] {
  const handlers = Object.entries(on ?? {}).flatMap(([phase, list]) =>
    list.flatMap((step) => pointsOfStep(step, `:${phase}.`, "handler")),
  );
  return [...steps.flatMap((step) => pointsOfStep(step, "", "step")), ...handlers];
}

function pointsOfStep(step: Step, prefix: string, kind: "step" | "handler"): Point[] {
  const place = `${prefix}${step.id}`;
  const { foreach, loop, gate, fallback, check } = step;
  const kinds: (PointKind | false)[] = [
    kind,
    step.if !== undefined && "if_false",
    typeof foreach?.in === "string" && "empty_list",
    loop !== undefined && loop.max > 1 && "second_round",
    // With `onMax: continue`, no event tells used-up rounds from a condition that holds at last.
    loop?.until !== undefined && loop.onMax === "fail" && "rounds_used_up",
    gate !== undefined && "approved",
    gate !== undefined && "rejected",
    gate?.expiresMs !== undefined && "expired",
    step.wait?.timeoutMs !== undefined && "expired",
    fallback !== undefined && "fallback",
    check !== undefined && "check_fails",
  ];
  const own = kinds.filter((each) => each !== false).map((each) => ({ step: place, kind: each }));
  return [
    ...own,
    ...(step.steps ?? []).flatMap((inner) => pointsOfStep(inner, `${place}.`, "step")),
  ];
}

/** Returns the points that the events of a run have reached. */
export function reachedBy(definition: Definition, events: Iterable<RunEvent>): Point[] {
  const firstAgents = new Map<string, string>();
  for (const { step, kind } of pointsOf(definition))
    if (kind === "fallback") firstAgents.set(step, "");
  const reached: Point[] = [];
  for (const event of events) {
    if (!("stepId" in event) || event.stepId === undefined) continue;
    const step = placeInDefinition(event.stepId);
    const add = (kind: PointKind): void => void reached.push({ step, kind });
    addRound(event.stepId, add);
    switch (event.type) {
      case "step_started":
        addBegun(step, add);
        if (firstAgents.get(step) === "") firstAgents.set(step, event.agentId);
        else if (firstAgents.get(step) !== event.agentId) add("fallback");
        break;
      case "step_opened":
        addBegun(step, add);
        if (event.keys?.length === 0) add("empty_list");
        break;
      case "step_completed":
        addBegun(step, add);
        if (Array.isArray(event.result) && event.result.length === 0) add("empty_list");
        break;
      case "step_skipped":
        if (event.because === ":condition") add("if_false");
        if (event.because === ":expired") add("expired");
        break;
      case "step_failed":
        addBegun(step, add);
        if (event.reason === "rounds") add("rounds_used_up");
        if (event.reason === "check") add("check_fails");
        if (event.reason === "timeout") add("expired");
        break;
      case "gate_answered":
        add(event.approved ? "approved" : "rejected");
        break;
      default:
        break;
    }
  }
  return reached;
}

function addBegun(step: string, add: (kind: PointKind) => void): void {
  add(
    step.startsWith(":") &&
      !step
        .slice(1)
        .replace(/^\w+\./u, "")
        .includes(".")
      ? "handler"
      : "step",
  );
}

/** A path with `#2` shows that the loop has begun its second round. */
function addRound(path: string, add: (kind: PointKind) => void): void {
  if (/#2$/u.test(path)) add("second_round");
}
