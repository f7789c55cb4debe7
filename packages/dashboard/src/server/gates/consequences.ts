import type { StepInfo } from "@automatosx/workflow/run-view";
import { count, namesOf, placeOf, type RunView, rootOf } from "@automatosx/workflow/run-view";
import type { GateConsequence, GateDecision } from "../../api/gate.schema.js";
import type { Question } from "./Question.js";
import { sampleValue } from "./sample-value.js";
import { type Trial, type TriedEntry, tryEntry } from "./trial.js";

/** What the steps of the workflow have cost in an earlier run, by step. */
type KnownCosts = ReadonlyMap<string, number>;

/** What consequences are derived from. */
export interface ConsequenceSource {
  readonly view: RunView;
  readonly question: Question;
  /** The step whose result is shown. */
  readonly askedBy: string | undefined;
  /** The step whose result an approval may replace. */
  readonly editable: string | undefined;
  readonly costs: KnownCosts;
}

/** Returns what each possible answer causes, as the core itself decides it. */
export function consequencesOf(source: ConsequenceSource): readonly GateConsequence[] {
  const { question } = source;
  if (question.kind === "budget")
    return [{ decision: "raise", text: "The run continues under the new limit.", steps: [] }];
  const { stepId, attemptNumber, form } = question;
  const answer = (payload: unknown): TriedEntry => ({
    ...{ type: "gate_answered", stepId, attemptNumber, payload },
  });
  switch (question.kind) {
    case "unknown":
      return [
        tried(source, "done", answer({ approved: true, values: { done: true, result: null } })),
        {
          decision: "not_done",
          text: `${stepId} is performed again.`,
          steps: [stepId],
          ...costOf([stepId], source.costs),
        },
      ];
    case "signal":
      return [
        tried(source, "signal", {
          type: "signal_received",
          payload: { name: question.signal ?? "", data: sampleValue(form) },
        }),
      ];
    case "gate": {
      const approval = answer({ approved: true, values: sampleValue(form) ?? {} });
      return [
        tried(source, "approve", approval),
        ...edited(source),
        ...sentBack(source),
        tried(source, "reject", answer({ approved: false, values: {} })),
      ];
    }
  }
}

/** What an answer causes that the core has been tried with. */
function tried(
  { view, costs }: ConsequenceSource,
  decision: GateDecision,
  entry: TriedEntry,
): GateConsequence {
  const trial = tryEntry(view, entry);
  if (trial === undefined) return { decision, text: "The run continues.", steps: [] };
  const skipped = skippedBy(trial);
  if (skipped.length > 0 || isFailing(trial, entry.stepId))
    return { decision, text: lossText(trial, skipped, entry.stepId), steps: [...skipped] };
  const starts = startedBy(view, trial);
  const later = laterSteps(trial.after, entry.stepId, starts);
  const steps = [...starts, ...later];
  return { decision, text: gainText(trial, starts, later), steps, ...costOf(steps, costs) };
}

/** The steps that may start after it and could not before. */
function startedBy(before: RunView, { after }: Trial): readonly string[] {
  return after
    .steps()
    .filter(({ id, status }) => status === "ready" && before.step(id)?.status !== "ready")
    .map(({ id }) => id);
}

/** The steps of the workflow that follow the question's step and have not begun. */
function laterSteps(
  view: RunView,
  stepId: string | undefined,
  starts: readonly string[],
): readonly string[] {
  const steps = view.steps().filter(({ id }) => placeOf(id).owner === undefined);
  const begin = new Set([stepId === undefined ? "" : rootOf(stepId), ...starts.map(rootOf)]);
  return behind(steps, begin)
    .filter(({ status }) => status === "pending")
    .map(({ id }) => id);
}

/** The steps that depend on one of `begin`, directly or not, in the order of the definition. */
function behind(steps: readonly StepInfo[], begin: ReadonlySet<string>): readonly StepInfo[] {
  const reached = new Set(begin);
  for (let size = -1; size !== reached.size; ) {
    size = reached.size;
    for (const { id, dependencies } of steps)
      if (dependencies.some((each) => reached.has(each))) reached.add(id);
  }
  return steps.filter(({ id }) => reached.has(id) && !begin.has(id));
}

function gainText({ after }: Trial, starts: readonly string[], later: readonly string[]): string {
  if (starts.length > 0) {
    const then = later.length === 0 ? "" : `, then ${named(later)}`;
    return `${named(starts)} ${starts.length === 1 ? "starts" : "start"}${then}.`;
  }
  const [next] = later;
  if (next !== undefined) {
    const waitsFor = unsettled(after, next);
    return waitsFor.length === 0
      ? `${next} starts when the step around it continues.`
      : `${next} still waits for ${named(waitsFor)}.`;
  }
  return isIdle(after) ? "Nothing is left to do: the run ends." : "The other steps continue.";
}

function unsettled(view: RunView, stepId: string): readonly string[] {
  const { dependencies = [] } = view.step(stepId) ?? {};
  return dependencies.filter((each) => {
    const status = view.step(each)?.status ?? "pending";
    return !["completed", "failed", "skipped", "cancelled"].includes(status);
  });
}

function isIdle(view: RunView): boolean {
  return view
    .steps()
    .every(({ status }) => ["completed", "failed", "skipped", "cancelled"].includes(status));
}

function skippedBy({ events }: Trial): readonly string[] {
  return events.flatMap((event) => (event.type === "step_skipped" ? [event.stepId] : []));
}

function isFailing({ events }: Trial, stepId: string | undefined): boolean {
  return events.some((event) => event.type === "step_failed" && event.stepId === stepId);
}

function lossText(
  { after, events }: Trial,
  skipped: readonly string[],
  stepId: string | undefined,
): string {
  const isOver = after
    .steps()
    .some(
      ({ id, status, continueOnError }) =>
        status === "failed" && !continueOnError && placeOf(id).owner === undefined,
    );
  const lost =
    skipped.length === 0 ? "" : `${named(skipped)} ${skipped.length === 1 ? "is" : "are"} skipped`;
  const failed = events.some((event) => event.type === "step_failed");
  if (isOver) return lost === "" ? "The run fails." : `${lost}, and the run fails.`;
  if (lost !== "") return `${lost}.`;
  return failed ? `${stepId ?? "The step"} fails, and the run continues.` : "The run continues.";
}

function edited({ editable, view }: ConsequenceSource): readonly GateConsequence[] {
  if (editable === undefined) return [];
  const begun = begunBehind(view, editable);
  const again = begun.length === 0 ? "" : ` ${againText(begun)}`;
  return [{ decision: "edit", text: `${editable} has your result.${again}`, steps: [...begun] }];
}

function sentBack({ askedBy, view, costs }: ConsequenceSource): readonly GateConsequence[] {
  if (askedBy === undefined || view.step(askedBy)?.status !== "completed") return [];
  const begun = begunBehind(view, askedBy);
  const steps = [askedBy, ...begun];
  const again = begun.length === 0 ? "" : ` ${againText(begun)}`;
  return [
    {
      decision: "send_back",
      text: `${askedBy} is performed again, then this is asked again.${again}`,
      steps,
      ...costOf(steps, costs),
    },
  ];
}

/** The completed steps without inner steps that depend on a step. */
function begunBehind(view: RunView, stepId: string): readonly string[] {
  const steps = view.steps();
  const roots = steps.filter(({ id }) => placeOf(id).owner === undefined);
  const reached = new Set(behind(roots, new Set([rootOf(stepId)])).map(({ id }) => id));
  return steps
    .filter(({ id, kind, status, gate }) => {
      if (kind !== undefined || gate !== undefined || !reached.has(rootOf(id))) return false;
      return status === "completed" || status === "running" || status === "waiting";
    })
    .map(({ id }) => id);
}

function againText(begun: readonly string[]): string {
  const [first = ""] = begun;
  if (begun.length === 1)
    return `${first} behind it is performed again if what it was given changes.`;
  const steps = count(begun.length, "step");
  return `${steps} behind it are performed again if what they were given changes.`;
}

/** What these steps have cost before; nothing if that is not known. */
function costOf(steps: readonly string[], costs: KnownCosts): { readonly usd?: number } {
  let usd = 0;
  for (const step of steps) usd += costs.get(step) ?? 0;
  return usd === 0 ? {} : { usd };
}

/** `migrate`, `migrate and security`, `a, b, c, d, e, 3 more`. */
function named(steps: readonly string[]): string {
  if (steps.length < 2 || steps.length > 5) return namesOf(steps);
  return `${namesOf(steps.slice(0, -1))} and ${namesOf(steps.slice(-1))}`;
}
