import type { RunView } from "@automatosx/workflow/run-view";

/** What an open step of a run waits for, beside the passing of time. */
export interface OpenQuestion {
  /** The path of the step. */
  readonly stepId: string;
  /** The number of the attempt that an answer is for. */
  readonly attemptNumber: number;
  /** A person, a signal, or a person who knows whether an effect took place. */
  readonly kind: "gate" | "signal" | "unknown";
  /** The question of a gate. */
  readonly ask?: string;
  /** What a gate shows beside its question. */
  readonly show?: unknown;
  /** The JSON Schema of the values, or of the data of the signal. */
  readonly form?: unknown;
  /** Who is asked, as the workflow says it. */
  readonly to?: readonly string[];
  /** The name of the signal. */
  readonly signal?: string;
  /** When it was opened, in ms since the epoch. */
  readonly openedAt?: number;
  /** When it expires, in ms since the epoch. */
  readonly dueAt?: number;
  /** Why nobody knows whether the effect took place. */
  readonly error?: string;
}

/** Returns what a run waits for, in the order of the definition. */
export function openQuestions(view: RunView): readonly OpenQuestion[] {
  return view.steps().flatMap((step): OpenQuestion[] => {
    const { id: stepId, attemptNumber, waitingFor, gate, wait, detail, startedAt } = step;
    const times = {
      ...(startedAt !== undefined && { openedAt: startedAt }),
      ...(detail?.dueAt !== undefined && { dueAt: detail.dueAt }),
    };
    if (step.status === "unknown")
      return [{ stepId, attemptNumber, kind: "unknown", error: step.error ?? "" }];
    if (step.status !== "open" || step.kind !== undefined) return [];
    if (waitingFor === "gate" && gate !== undefined)
      return [{ stepId, attemptNumber, kind: "gate", ask: gate.ask, form: gate.form, ...times }];
    if (waitingFor === "signal" && wait?.signal !== undefined)
      return [{ stepId, attemptNumber, kind: "signal", signal: wait.signal, ...times }];
    return [];
  });
}
