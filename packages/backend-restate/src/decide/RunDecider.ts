import { decidingResults, placeInDefinition } from "@automatosx/workflow";
import {
  type AttemptRequest,
  eventOfOutcome,
  failure,
  outcomeOfStop,
  RunFold,
  type RunStart,
  requestElsewhere,
  stopMessage,
  type Turn,
} from "@automatosx/workflow/drive";
import {
  addFacts,
  childStepIds,
  type FactsOfSteps,
  NO_FACTS,
  RunQueries,
  type StoredDefinition,
  usesChildRuns,
} from "@automatosx/workflow/hosting";
import { referenceTo } from "../attempts/references.js";
import type {
  AttemptAnswer,
  AttemptMessage,
  ChildLeg,
  ChildMessage,
  RowPart,
  StartMessage,
} from "../wire.js";
import { attemptMessage } from "./attempt-message.js";
import type { DecideHost } from "./DecideHost.js";

/** Randomness that is the same on each replay of a segment. */
export interface Chances {
  random(): number;
}

/** How an attempt was stopped by its run. */
export type Stopped = "cancelled" | "interrupted";

/** What a decider is made of besides the run. */
export interface DeciderParts {
  readonly chances: Chances;
  readonly host: DecideHost;
  readonly facts?: FactsOfSteps;
}

/** A run in a segment: its fold, and what events become of what happens. It does no I/O. */
export class RunDecider {
  readonly start: StartMessage;
  readonly fold: RunFold;
  readonly #chances: Chances;
  readonly #host: DecideHost;
  #seq: number;
  readonly #firstSeq: number;
  readonly #firstStart: RunStart;
  #definition: RunFold["start"]["definition"] | undefined;
  #deciding: ReadonlySet<string> = new Set();
  /** Definitions of child runs that belong to the next turn. */
  #childDefinitions: readonly StoredDefinition[] = [];
  /** What the journal says about steps that run a workflow of their own. */
  readonly facts: FactsOfSteps;
  /** Whether child runs that a user has paused are resumed too. */
  isByUser = false;

  constructor(
    start: StartMessage,
    fold: RunFold,
    seq: number,
    { chances, host, facts = new Map() }: DeciderParts,
  ) {
    this.start = start;
    this.facts = facts;
    this.fold = fold;
    this.#seq = seq;
    this.#firstSeq = seq;
    this.#firstStart = fold.start;
    this.#chances = chances;
    this.#host = host;
  }

  /** The latest instant of the run, in ms since the epoch. Its time never goes back. */
  get now(): number {
    return RunQueries.now(this.fold.machine);
  }

  /** The number of the last entry in a turn that was taken. */
  get seq(): number {
    return this.#seq;
  }

  /** Whether the run waits for people, signals, instants or child runs. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Whether steps of the run start runs. */
  get hasChildRuns(): boolean {
    return usesChildRuns(this.fold.start.definition);
  }

  /** Adds definitions of child runs to the next turn. */
  addDefinitions(children: readonly StoredDefinition[]): void {
    this.#childDefinitions = children;
  }

  /** Whether the journal has grown in this segment. */
  get hasChanged(): boolean {
    return this.#seq > this.#firstSeq;
  }

  /** What the run has now, if its definition has changed in this segment. */
  get changedStart(): RunStart | undefined {
    return this.fold.start === this.#firstStart ? undefined : this.fold.start;
  }

  /** When a run that waits has something to do; undefined if only people know. */
  get wakeAt(): number | undefined {
    return this.#isWaiting ? RunQueries.nextDueAt(this.fold.machine) : undefined;
  }

  /** Resumes a run that waits, and has been answered or has something to do. */
  resumeWaiting(now: number): void {
    if (this.#isWaiting) this.fold.tell({ type: "resume_workflow" }, this.atLeastNow(now));
  }

  /** Returns an instant at which something can happen in the run. */
  atLeastNow(at: number): number {
    return Math.max(at, this.now);
  }

  /** Returns the message for an attempt; undefined if the run no longer waits for it. */
  message(stepId: string, attemptNumber: number): AttemptMessage | undefined {
    const request = this.fold.request(stepId, attemptNumber);
    if (request === undefined) return undefined;
    const { definition } = this.fold.start;
    if (definition !== this.#definition) {
      this.#definition = definition;
      this.#deciding = decidingResults(definition);
    }
    return attemptMessage(requestElsewhere(request, definition, this.fold.machine), {
      machine: this.fold.machine,
      referenceKey: this.start.referenceKey,
      deciding: this.#deciding,
      artifacts: this.#host.artifacts,
    });
  }

  /** Returns the message for an attempt that starts or joins a child run. */
  childMessage(message: AttemptMessage, leg: ChildLeg | undefined): ChildMessage {
    return {
      ...message,
      facts: this.facts.get(message.stepId) ?? NO_FACTS,
      resumesPaused: this.isByUser,
      ...(leg !== undefined && { leg }),
    };
  }

  /** Returns what performs an attempt that the run waits for. */
  performerOf(
    stepId: string,
    attemptNumber: number,
  ): { readonly agentId: string; readonly isChild: boolean } | undefined {
    const request = this.fold.request(stepId, attemptNumber);
    if (request === undefined) return undefined;
    return { agentId: request.agentId, isChild: request.workflow !== undefined };
  }

  /** Records the outcome of an attempt, unless the run no longer waits for it. */
  record(
    { stepId, attemptNumber }: Pick<AttemptRequest, "stepId" | "attemptNumber">,
    answer: AttemptAnswer,
    stopped: Stopped | undefined,
  ): void {
    const request = this.fold.request(stepId, attemptNumber);
    if (request === undefined) return;
    const outcome =
      stopped === "interrupted" && !answer.ok
        ? outcomeOfStop("interrupted", stopMessage("interrupted", {}), answer.at)
        : answer;
    const problem = this.#tell(request, outcome);
    if (problem === undefined) return;
    const refused = failure(`its outcome cannot be recorded: ${problem}`, "invalid", answer.at);
    this.#tell(request, refused);
  }

  // Returns why the outcome cannot be recorded although the run waits for it.
  #tell(request: AttemptRequest, answer: AttemptAnswer): string | undefined {
    const chance = { next: () => this.#chances.random() };
    const at = this.atLeastNow(answer.at);
    try {
      if (!answer.ok) return problemOf(this.fold.tell(eventOfOutcome(request, answer, chance), at));
      const { reference, artifacts } = answer;
      if (reference === undefined) {
        const event = eventOfOutcome(request, answer, chance);
        return problemOf(this.fold.tell(event, at, { resultText: answer.text, artifacts }));
      }
      const text = JSON.stringify(referenceTo(reference, this.start.referenceKey));
      const event = eventOfOutcome(request, { ...answer, text }, chance);
      return problemOf(this.fold.tell(event, at, { resultText: reference, artifacts }));
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Returns the pending turn as rows, and its effects. */
  takeTurn(): { readonly part: RowPart; readonly effects: Turn["effects"] } {
    const { entries, checkpoints, artifacts, definitions, run, effects } = this.fold.turn();
    const afterSeq = this.#seq;
    this.#seq = entries.at(-1)?.seq ?? afterSeq;
    for (const { content } of artifacts) this.#host.artifacts.put(content);
    if (this.hasChildRuns) this.#addFacts(entries);
    const children = this.#childDefinitions;
    this.#childDefinitions = [];
    // A checkpoint with references would be of no use to a host that reads the rows.
    const { referenceKey } = this.start;
    const whole = checkpoints.filter(({ payload }) => !payload.includes(referenceKey));
    return {
      part: {
        ...{ afterSeq, entries },
        ...(whole.length > 0 && { checkpoints: whole }),
        // The definition of the run itself is the last one.
        ...(definitions.length > 0 && { definitions: [...children, ...definitions] }),
        ...(run !== undefined && { run }),
      },
      effects,
    };
  }

  #addFacts(entries: Turn["entries"]): void {
    const ids = childStepIds(this.fold.start.definition);
    // Steps in other lists may have the same id; that costs a few facts too many.
    const isMeant = (stepId: string): boolean =>
      this.facts.has(stepId) || ids.has(placeInDefinition(stepId).split(/[.:]/).at(-1) ?? "");
    for (const entry of entries) addFacts(this.facts, entry, isMeant);
  }

  get #isWaiting(): boolean {
    return RunQueries.pausedFor(this.fold.machine) === "waiting";
  }
}

function problemOf(refusal: string | undefined): string | undefined {
  return refusal === undefined ? undefined : `the run refused it (${refusal})`;
}
