import type { RunView, StepInfo } from "@automatosx/run-view";
import type { StepAttempt } from "@automatosx/schemas";

/** An attempt at a step of a run. Its number is 0 for a step that has had none. */
export interface AttemptPlace {
  readonly run: string;
  readonly step: string;
  readonly attempt: number;
}

const TABS = ["log", "result", "task", "inputs", "events", "why", "attempts"] as const;

/** A tab of the inspector. */
export type Tab = (typeof TABS)[number];

export const TAB_NAMES: Readonly<Record<Tab, string>> = {
  log: "Log",
  result: "Result",
  task: "Task",
  inputs: "Inputs",
  events: "Events",
  why: "Why",
  attempts: "Attempts",
};

/** A step, with the attempt and the tab that are shown. */
export interface Selection {
  readonly step: StepInfo;
  /** Every attempt, oldest first. */
  readonly attempts: readonly StepAttempt[];
  /** The attempt that is shown; undefined if there has been none. */
  readonly attempt: StepAttempt | undefined;
  readonly tabs: readonly Tab[];
  readonly tab: Tab;
}

/** Reads the selection of an address. Undefined if it names no step of the run. */
export function readSelection(
  view: Pick<RunView, "step" | "attempts">,
  address: Pick<URLSearchParams, "get">,
): Selection | undefined {
  const path = address.get("step");
  const step = path === null ? undefined : view.step(path);
  if (step === undefined) return undefined;
  // A step with inner steps has no attempt of its own, only a beginning and an end.
  const attempts = view.attempts(step.id).filter(({ attemptNumber: number }) => number > 0);
  const number = Number(address.get("attempt") ?? Number.NaN);
  const attempt = attempts.find(({ attemptNumber }) => attemptNumber === number) ?? attempts.at(-1);
  const tabs = tabsOf(step);
  const wanted = address.get("tab");
  const tab = tabs.find((each) => each === wanted) ?? (hasLog(step) ? "log" : firstTab(step));
  return { step, attempts, attempt, tabs, tab };
}

/** The number of the attempt before or after the one that is shown; undefined if there is none. */
export function neighbour(
  { attempts, attempt }: Pick<Selection, "attempts" | "attempt">,
  towards: 1 | -1,
): number | undefined {
  const place = attempts.findIndex((each) => each.attemptNumber === attempt?.attemptNumber);
  return place < 0 ? undefined : attempts[place + towards]?.attemptNumber;
}

/** Whether attempts at a step print anything: gates, waits and steps with inner steps have none. */
export function hasLog({ kind, gate, wait, stop, workflow }: StepInfo): boolean {
  return [kind, gate, wait, stop, workflow].every((part) => part === undefined);
}

function tabsOf(step: StepInfo): readonly Tab[] {
  if (hasLog(step)) return TABS;
  return step.workflow === undefined
    ? ["result", "events", "why"]
    : ["result", "inputs", "events", "why", "attempts"];
}

function firstTab({ status }: StepInfo): Tab {
  return status === "completed" ? "result" : "why";
}
