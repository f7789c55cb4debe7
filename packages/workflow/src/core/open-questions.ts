import { RunQueries, type WorkflowMachine } from "./workflow-state-machine.js";

/** What a step waits for: a gate for an answer, a wait for a signal, an attempt for its outcome. */
export interface Question {
  readonly stepId: string;
  readonly attemptNumber: number;
  readonly kind: "gate" | "signal" | "unknown";
  readonly ask?: string;
  readonly show?: unknown;
  readonly form?: unknown;
  readonly to?: readonly string[];
  readonly editable?: string;
  readonly signal?: string;
  readonly openedAt?: number;
  readonly dueAt?: number;
  readonly error?: string;
}

interface Questions {
  pausedFor(machine: WorkflowMachine): "waiting" | "budget" | undefined;
  waitsFor(machine: WorkflowMachine): string[];
  questions(machine: WorkflowMachine): Question[];
  question(machine: WorkflowMachine, stepId: string): Question | undefined;
  answerProblem(
    machine: WorkflowMachine,
    stepId: string,
    approved: boolean,
    values: Readonly<Record<string, unknown>>,
    note: string | undefined,
  ): string | undefined;
  signalProblem(machine: WorkflowMachine, name: string, data: unknown): string | undefined;
}

const known = RunQueries as unknown as Partial<Questions>;

export const RunQuestions: Questions = {
  pausedFor: (machine) => known.pausedFor?.(machine),
  waitsFor: (machine) => known.waitsFor?.(machine) ?? [],
  questions: (machine) => known.questions?.(machine) ?? [],
  question: (machine, stepId) => known.question?.(machine, stepId),
  answerProblem: (...args) => known.answerProblem?.(...args),
  signalProblem: (...args) => known.signalProblem?.(...args),
};
