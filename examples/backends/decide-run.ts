// One run, decided by the core under another system. An example, not a supported backend.
import {
  type AttemptRequest,
  eventOfOutcome,
  type Outcome,
  RunFold,
  type RunStart,
  type Turn,
} from "@automatosx/workflow/drive";

/** What the run learns from its host. The host records these in order, and repeats that order. */
export type Happening =
  | {
      readonly type: "outcome";
      readonly stepId: string;
      readonly attemptNumber: number;
      readonly outcome: Outcome;
    }
  /** The instant that the run waited for, in ms since the epoch, has come. */
  | { readonly type: "due"; readonly at: number };

/** A durable system that can host a run. */
export interface DecidingHost {
  /** The same ids and the same numbers in [0, 1) on every replay. */
  readonly ids: { next(): string };
  readonly chance: { next(): number };
  /** Makes the rows of a turn durable. A replay publishes the same rows again. */
  publish(turn: Turn): Promise<void>;
  /** Starts an attempt, which later happens as an `outcome`; does not wait for it. */
  begin(request: AttemptRequest): Promise<void>;
  /** Stops an attempt. */
  stop(request: AttemptRequest): Promise<void>;
  /** Waits for what happens next, until `dueAt` at the latest. */
  next(dueAt: number | undefined): Promise<Happening>;
}

/**
 * Executes a run to its end, or until it waits for a person, and returns its last turn. It uses
 * neither a clock nor randomness of its own, so a host that repeats what has happened gets the same
 * rows.
 */
export async function decideRun(start: RunStart, host: DecidingHost): Promise<Turn> {
  const fold = new RunFold(start, host.ids);
  const begun = new Map<string, AttemptRequest>();
  const dueAts = new Set<number>();
  fold.begin(start.createdAt);
  for (;;) {
    const turn = fold.turn();
    await host.publish(turn);
    for (const effect of turn.effects) {
      switch (effect.type) {
        case "run_step": {
          const request = fold.request(effect.stepId, effect.attemptNumber);
          if (request === undefined) break;
          begun.set(effect.stepId, request);
          await host.begin(request);
          break;
        }
        case "start_later":
        case "wake_at":
          dueAts.add(effect.dueAt);
          break;
        case "abort_steps":
          for (const stepId of effect.stepIds) {
            const request = begun.get(stepId);
            if (request !== undefined) await host.stop(request);
          }
          break;
        default:
          // A question is in the rows; the end of the run is its last row.
          break;
      }
    }
    if (fold.isAtRest) return turn;
    hear(fold, await host.next(earliest(dueAts)), { begun, dueAts, host });
  }
}

function hear(
  fold: RunFold,
  happened: Happening,
  {
    begun,
    dueAts,
    host,
  }: {
    readonly begun: ReadonlyMap<string, AttemptRequest>;
    readonly dueAts: Set<number>;
    readonly host: DecidingHost;
  },
): void {
  if (happened.type === "due") {
    for (const dueAt of dueAts) if (dueAt <= happened.at) dueAts.delete(dueAt);
    fold.wake(happened.at);
    return;
  }
  const { stepId, attemptNumber, outcome } = happened;
  const request = begun.get(stepId);
  // The core refuses an answer to an attempt that it no longer waits for.
  fold.tell(
    eventOfOutcome({ ...request, stepId, attemptNumber }, outcome, host.chance),
    outcome.at,
    outcome.ok ? { resultText: outcome.text, artifacts: outcome.artifacts } : {},
  );
}

const earliest = (instants: ReadonlySet<number>): number | undefined =>
  instants.size === 0 ? undefined : Math.min(...instants);
