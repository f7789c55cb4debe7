// Runs as DBOS workflows: the run is one workflow, each attempt another. An example.
import type { Agent } from "@automatosx/workflow";
import {
  AttemptGuard,
  type AttemptRequest,
  performAttempt,
  type RunStart,
  type Turn,
} from "@automatosx/workflow/drive";
import { decideRun, type Happening } from "../decide-run.ts";
import { seeded } from "../seeded-chance.ts";

type Clock = ConstructorParameters<typeof AttemptGuard>[0];

/** The functions of `@dbos-inc/dbos-sdk` (`DBOS`) that the example uses. */
export interface Dbos {
  registerWorkflow<Args extends unknown[], Result>(
    workflow: (...args: Args) => Promise<Result>,
    options: { readonly name: string },
  ): (...args: Args) => Promise<Result>;
  startWorkflow<Args extends unknown[], Result>(
    workflow: (...args: Args) => Promise<Result>,
    options: { readonly workflowID: string; readonly queueName?: string },
  ): (...args: Args) => Promise<unknown>;
  runStep<Result>(step: () => Promise<Result>, options: { readonly name: string }): Promise<Result>;
  send(workflowId: string, message: Happening, topic: string): Promise<void>;
  recv<Message>(topic: string, timeoutSeconds: number): Promise<Message | null>;
  cancelWorkflow(workflowId: string): Promise<void>;
}

/** A message that does not come is waited for again after this time, in s. */
const LONGEST_WAIT_S = 3600;

/** Registers the two workflows in a process that performs attempts and decides runs. */
export function registerRuns(
  dbos: Dbos,
  {
    agents,
    clock,
    publish,
    queueName = "axw_attempts",
  }: {
    readonly agents: Readonly<Record<string, Agent>>;
    readonly clock: Clock;
    /** Stores the rows of a turn; called again with the same rows on a replay. */
    readonly publish: (turn: Turn) => Promise<void>;
    readonly queueName?: string;
  },
): (start: RunStart) => Promise<unknown> {
  const guard = new AttemptGuard(clock);
  const attempt = dbos.registerWorkflow(
    async (request: AttemptRequest): Promise<void> => {
      // A process that finds the beginning of another one does not repeat its attempt.
      const begun = await dbos.runStep(async () => guard.begin(), { name: "begin" });
      const outcome = await dbos.runStep(
        () =>
          guard.guardAttempt(request.idempotencyKey, {
            begun,
            perform: (signal) =>
              performAttempt(agents[request.agentId], request, {
                clock,
                signal,
                abandonAfterMs: 30_000,
              }),
          }),
        { name: "attempt" },
      );
      const { runId, stepId, attemptNumber } = request;
      await dbos.send(runId, { type: "outcome", stepId, attemptNumber, outcome }, "happened");
    },
    { name: "axw_attempt" },
  );
  const run = dbos.registerWorkflow(
    (start: RunStart): Promise<Turn["run"]> =>
      decideRun(start, {
        ...seeded(start.runId),
        publish,
        begin: async (request) => {
          await dbos.startWorkflow(attempt, { workflowID: request.idempotencyKey, queueName })(
            request,
          );
        },
        stop: (request) => dbos.cancelWorkflow(request.idempotencyKey),
        next: (dueAt) => nextOf(dbos, dueAt, clock),
      }).then((turn) => turn.run),
    { name: "axw_run" },
  );
  return (start) => dbos.startWorkflow(run, { workflowID: start.runId })(start);
}

async function nextOf(dbos: Dbos, dueAt: number | undefined, clock: Clock): Promise<Happening> {
  for (;;) {
    // The instant is recorded, so that a replay waits as the first execution did.
    const now = await dbos.runStep(async () => clock.now(), { name: "now" });
    const seconds =
      dueAt === undefined ? LONGEST_WAIT_S : Math.max(0, Math.ceil((dueAt - now) / 1000));
    const message = await dbos.recv<Happening>("happened", Math.min(seconds, LONGEST_WAIT_S));
    if (message !== null) return message;
    if (dueAt !== undefined && seconds <= LONGEST_WAIT_S) return { type: "due", at: dueAt };
  }
}
