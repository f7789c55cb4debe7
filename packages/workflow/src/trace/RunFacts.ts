import { type AcceptedEvent, ENGINE_GONE, isKept, isReplant } from "@automatosx/run-view";
import {
  RunQueries,
  State,
  type StepInfo,
  type StepSnapshot,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";
import { attemptEnd, stepEnd } from "./outcome-facts.js";
import type {
  AttemptEnded,
  AttemptStarted,
  RunEnded,
  RunFact,
  RunStarted,
  StepEnded,
  StepKind,
  StepStarted,
} from "./RunFact.js";

/** A run, step or attempt that has begun and not ended. */
interface Open {
  readonly startedSeq: number;
  readonly startedAt: number;
}

interface OpenAttempt extends Open {
  readonly attemptNumber: number;
  readonly agentId: string;
}

interface OpenStep extends Open {
  readonly kind: StepKind;
  readonly within: StepStarted["within"];
  attempt: OpenAttempt | undefined;
}

/** What the facts of one entry have in common. */
type Moment = Pick<RunFact, "runId" | "workflowId" | "seq" | "at">;

const BEGUN: ReadonlySet<string> = new Set<StepSnapshot["status"]>(["running", "open"]);

/** Stands for a step that a change of the run has removed. */
const REMOVED = { status: "pending", attemptNumber: 0, failureCount: 0 } as const;

/**
 * Derives the beginnings and ends of a run, its steps and its attempts from its journal. Every
 * beginning has one end once the run has ended. The facts of an entry come in this order: the
 * beginning of the run, ends from the inside out, beginnings from the outside in, the end of the
 * run.
 */
export class RunFacts {
  readonly #about: Pick<RunFact, "runId" | "workflowId">;
  /** In the order in which they began. */
  readonly #steps = new Map<string, OpenStep>();
  /** When steps were last ready for an attempt. */
  readonly #readyAt = new Map<string, number>();
  #run: (Open & { readonly executionNumber: number }) | undefined;
  #executionCount = 0;
  #lastAt = 0;

  constructor(runId: string, workflowId: string) {
    this.#about = { runId, workflowId };
  }

  /** Returns the facts of the next entry. */
  apply(accepted: AcceptedEvent): RunFact[] {
    const { seq, at, after } = accepted;
    const moment = { ...this.#about, seq, at };
    const state = RunQueries.state(after);
    const hasEnded = State.isTerminal(state);
    const first = hasEnded ? [] : this.#beginRun(moment);
    const [ends, begins]: [RunFact[][], RunFact[]] = [[], []];
    for (const step of this.#changed(accepted)) {
      const wasOpen = this.#steps.has(step.id);
      if (wasOpen) ends.push(this.#endsOf(step, accepted, moment));
      if (this.#run !== undefined) begins.push(...this.#begin(step, wasOpen, accepted, moment));
    }
    this.#lastAt = at;
    const facts: RunFact[] = [...first, ...ends.reverse().flat(), ...begins];
    return hasEnded ? [...facts, ...this.#endRun(state, moment, after)] : facts;
  }

  // An event that goes back creates the steps again, so they are compared by their paths.
  #changed(accepted: AcceptedEvent): readonly StepSnapshot[] {
    const { before, after } = accepted;
    if (!goesBack(accepted)) return RunQueries.changedSteps(after, before);
    const steps = RunQueries.steps(after);
    const known = new Set(steps.map(({ id }) => id));
    const removed = [...this.#steps.keys()].filter((id) => !known.has(id));
    return [
      ...steps.filter(({ id, status }) => this.#steps.has(id) || BEGUN.has(status)),
      ...removed.map((id) => ({ ...REMOVED, id })),
    ];
  }

  // --- the run

  #beginRun(moment: Moment): RunStarted[] {
    if (this.#run !== undefined) return [];
    this.#executionCount += 1;
    const executionNumber = this.#executionCount;
    this.#run = { startedSeq: moment.seq, startedAt: moment.at, executionNumber };
    return [{ type: "run_start", ...moment, executionNumber }];
  }

  #endRun(state: string, moment: Moment, machine: WorkflowMachine): RunFact[] {
    const run = this.#run;
    if (run === undefined) return [];
    const left = [...this.#steps.keys()]
      .reverse()
      .flatMap((id) => [
        ...this.#endAttempt(id, moment, { status: "interrupted" }),
        this.#endStep(id, moment, { status: "left" }),
      ]);
    this.#run = undefined;
    this.#readyAt.clear();
    const error = RunQueries.error(machine);
    const errorCode = RunQueries.errorCode(machine);
    const end: RunEnded = {
      ...{ type: "run_end", ...moment, ...run, status: state as RunEnded["status"] },
      ...(error !== undefined && { error }),
      ...(errorCode !== undefined && { errorCode }),
    };
    return [...left, end];
  }

  // --- its steps

  #endsOf(step: StepSnapshot, accepted: AcceptedEvent, moment: Moment): RunFact[] {
    const { id, status, attemptNumber } = step;
    const attempt = this.#steps.get(id)?.attempt;
    const continues = status === "running" && attempt?.attemptNumber === attemptNumber;
    const facts: RunFact[] = continues
      ? []
      : this.#endAttempt(id, moment, this.#outcome(step, accepted));
    const end = stepEnd(step, accepted);
    if (end !== undefined) return [...facts, this.#endStep(id, moment, end)];
    // A step that is ready again in the course of the run is asked again.
    return goesBack(accepted) && !BEGUN.has(status)
      ? [...facts, this.#endStep(id, moment, { status: "reset" })]
      : facts;
  }

  #outcome(step: StepSnapshot, accepted: AcceptedEvent): ReturnType<typeof attemptEnd> {
    const outcome = attemptEnd(step, accepted);
    return outcome.error === ENGINE_GONE ? { ...outcome, lostAt: this.#lastAt } : outcome;
  }

  #begin(step: StepSnapshot, wasOpen: boolean, accepted: AcceptedEvent, moment: Moment): RunFact[] {
    const { id, status, retryAt } = step;
    const { after, at } = accepted;
    switch (status) {
      case "ready":
      case "waiting":
        this.#readyAt.set(id, status === "waiting" ? (retryAt ?? at) : at);
        return [];
      case "running":
      case "open": {
        const info = RunQueries.step(after, id);
        if (info === undefined) return [];
        const begun = this.#beginStep(info, moment);
        return status === "open" ? begun : [...begun, ...this.#beginAttempt(info, moment)];
      }
      case "completed":
      case "failed": {
        // It begins and ends in this entry, such as a stop or an empty fan-out, unless its outcome
        // is an earlier one that the run has kept.
        if (wasOpen || step.finishedAt !== at || isKept(step, accepted)) return [];
        const info = RunQueries.step(after, id);
        const end = stepEnd(step, accepted);
        return info === undefined || end === undefined
          ? []
          : [...this.#beginStep(info, moment), this.#endStep(id, moment, end)];
      }
      default:
        return [];
    }
  }

  #beginStep(info: StepInfo, moment: Moment): StepStarted[] {
    const { id } = info;
    if (this.#steps.has(id)) return [];
    const kind = kindOf(info);
    const within = this.#around(id);
    const { seq: startedSeq, at: startedAt } = moment;
    this.#steps.set(id, { kind, within, startedSeq, startedAt, attempt: undefined });
    return [
      {
        ...{ type: "step_start", ...moment, stepId: id, kind },
        ...(within !== undefined && { within }),
      },
    ];
  }

  #endStep(id: string, moment: Moment, end: Pick<StepEnded, "status">): StepEnded {
    const { kind, within, startedSeq, startedAt } = this.#steps.get(id) as OpenStep;
    this.#steps.delete(id);
    return {
      ...{ type: "step_end", ...moment, stepId: id, kind, startedSeq, startedAt },
      ...(within !== undefined && { within }),
      ...end,
    };
  }

  /** The innermost step around this one that has begun. */
  #around(id: string): StepStarted["within"] {
    for (let path = outer(id); path !== ""; path = outer(path)) {
      const open = this.#steps.get(path);
      if (open !== undefined) return { stepId: path, startedSeq: open.startedSeq };
    }
    return undefined;
  }

  // --- their attempts

  #beginAttempt(info: StepInfo, moment: Moment): AttemptStarted[] {
    const { id: stepId, attemptNumber, agentId } = info;
    const step = this.#steps.get(stepId);
    if (step === undefined || step.attempt !== undefined) return [];
    const { seq: startedSeq, at: startedAt } = moment;
    step.attempt = { startedSeq, startedAt, attemptNumber, agentId };
    const readyAt = this.#readyAt.get(stepId);
    this.#readyAt.delete(stepId);
    return [
      {
        ...{ type: "attempt_start", ...moment, stepId, stepSeq: step.startedSeq },
        ...{ kind: step.kind, attemptNumber, agentId },
        ...(readyAt !== undefined && { queuedMs: Math.max(0, moment.at - readyAt) }),
      },
    ];
  }

  #endAttempt(stepId: string, moment: Moment, end: Pick<AttemptEnded, "status">): AttemptEnded[] {
    const step = this.#steps.get(stepId);
    const attempt = step?.attempt;
    if (step === undefined || attempt === undefined) return [];
    step.attempt = undefined;
    return [
      {
        ...{ type: "attempt_end", ...moment, stepId, stepSeq: step.startedSeq, kind: step.kind },
        ...attempt,
        ...end,
      },
    ];
  }
}

function goesBack({ event }: AcceptedEvent): boolean {
  return event.type === "restore_checkpoint" || isReplant(event);
}

function kindOf({ kind, gate, wait, stop, workflow, run }: StepInfo): StepKind {
  if (kind !== undefined) return kind;
  if (gate !== undefined) return "gate";
  if (wait !== undefined) return "wait";
  if (stop !== undefined) return "stop";
  if (workflow !== undefined) return "workflow";
  return run === undefined ? "agent" : "program";
}

/** The path without its last part: `build[auth].fix#2` for `build[auth].fix#2.test`. */
function outer(path: string): string {
  // The key of an item ends with the first `]`, and may contain every other character.
  const end = path.endsWith("]")
    ? path.indexOf("[", path.lastIndexOf("]", path.length - 2) + 1)
    : Math.max(...[".", "#", ":"].map((mark) => path.lastIndexOf(mark)));
  return path.slice(0, Math.max(0, end));
}
