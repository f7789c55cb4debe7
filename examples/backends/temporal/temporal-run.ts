// A run as a Temporal workflow: attempts are activities, waits are timers. An example.
import type { AttemptRequest, Outcome, RunStart, Turn } from "@automatosx/workflow/drive";
import { decideRun, type Happening } from "../decide-run.ts";
import { seeded } from "../seeded-chance.ts";

/** The functions of `@temporalio/workflow` that the example uses. */
export interface TemporalApi {
  proxyActivities(options: {
    readonly startToCloseTimeout: string;
    readonly retry: { readonly maximumAttempts: number };
  }): RunActivities;
  sleep(ms: number): Promise<void>;
  readonly CancellationScope: new () => {
    run<Result>(action: () => Promise<Result>): Promise<Result>;
    cancel(): void;
  };
  isCancellation(error: unknown): boolean;
  /** `Date.now` of the sandbox: the instant of the workflow task, the same on every replay. */
  now(): number;
}

/** The activities that a worker must have. */
export interface RunActivities {
  /** Performs the attempt with `performAttempt`, and never rejects. */
  readonly performAttempt: (request: AttemptRequest) => Promise<Outcome>;
  /** Stores the rows of a turn; may be called twice with the same rows. */
  readonly publish: (turn: Omit<Turn, "machine">) => Promise<void>;
}

/**
 * The body of the workflow function. Temporal must not repeat an attempt by itself: the core
 * decides about retries, so `maximumAttempts` is 1, and an activity that is lost with its worker is
 * an interrupted attempt.
 */
export async function temporalRun(start: RunStart, temporal: TemporalApi): Promise<Turn["run"]> {
  const { performAttempt, publish } = temporal.proxyActivities({
    startToCloseTimeout: "24 hours",
    retry: { maximumAttempts: 1 },
  });
  const calls = new Map<string, Call>();
  const turn = await decideRun(start, {
    ...seeded(start.runId),
    publish: ({ machine: _, ...rows }) => publish(rows),
    begin: async (request) => {
      const { stepId, attemptNumber } = request;
      const scope = new temporal.CancellationScope();
      const happens = scope
        .run(() => performAttempt(request))
        .catch((error: unknown): Outcome => {
          const why = temporal.isCancellation(error) ? "cancelled" : String(error);
          return { ok: false, error: why, reason: "interrupted", at: temporal.now() };
        })
        .then((outcome): Happening => ({ type: "outcome", stepId, attemptNumber, outcome }));
      calls.set(request.idempotencyKey, { happens, cancel: () => scope.cancel() });
    },
    stop: async ({ idempotencyKey }) => calls.get(idempotencyKey)?.cancel(),
    next: async (dueAt) => {
      const outcomes = [...calls].map(([key, { happens }]) =>
        happens.then((happened) => ({ key, happened })),
      );
      const { key, happened } = await firstOf(temporal, dueAt, outcomes);
      // Another outcome may have come at the same time: it is heard next.
      calls.delete(key);
      return happened;
    },
  });
  return turn.run;
}

/** An attempt that is under way, or whose outcome has not been heard. */
interface Call {
  readonly happens: Promise<Happening>;
  cancel(): void;
}

interface Heard {
  readonly key: string;
  readonly happened: Happening;
}

async function firstOf(
  temporal: TemporalApi,
  dueAt: number | undefined,
  outcomes: readonly Promise<Heard>[],
): Promise<Heard> {
  if (dueAt === undefined) return Promise.race(outcomes);
  const timer = new temporal.CancellationScope();
  const due = timer
    .run(() => temporal.sleep(Math.max(0, dueAt - temporal.now())))
    .then((): Heard => ({ key: "", happened: { type: "due", at: dueAt } }));
  try {
    return await Promise.race([...outcomes, due]);
  } finally {
    due.catch(() => undefined);
    timer.cancel();
  }
}
