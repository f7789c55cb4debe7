import { Machine } from "@automatosx/workflow/observe";
import type { RunView } from "@automatosx/workflow/run-view";

type WorkflowMachine = RunView["machine"];
type Event = Parameters<typeof Machine.transition>[1];
type Effect = ReturnType<typeof Machine.wake>[number];

interface RunningAttempt {
  readonly stepId: string;
  readonly attemptNumber: number;
  readonly endsAt: number;
}

/**
 * Returns when the run would end if every attempt succeeded after its expected time: the core
 * itself plays the rest of the run, so dependencies, the concurrency limits and serial steps count.
 * An attempt that already takes longer than expected counts as ending at `now`. Returns undefined
 * while the run does not execute steps.
 */
export function forecastEnd(
  run: RunView,
  expectedMs: (stepId: string) => number,
  now: number,
): number | undefined {
  const rest = new RestOfRun(run.machine, expectedMs, now);
  for (const { id, attemptNumber, startedAt = now, status, retryAt } of run.activeSteps()) {
    if (status === "running") rest.add(id, attemptNumber, startedAt);
    if (retryAt !== undefined) rest.wakeAt(retryAt);
  }
  return rest.play();
}

/** The rest of a run, as it would happen. */
class RestOfRun {
  readonly #expectedMs: (stepId: string) => number;
  readonly #running: RunningAttempt[] = [];
  readonly #wakeAt: number[] = [];
  #machine: WorkflowMachine;
  #now: number;
  #isRefused = false;

  constructor(machine: WorkflowMachine, expectedMs: (stepId: string) => number, now: number) {
    this.#machine = machine;
    this.#expectedMs = expectedMs;
    this.#now = now;
  }

  add(stepId: string, attemptNumber: number, startedAt: number): void {
    const endsAt = Math.max(this.#now, startedAt + this.#expectedMs(stepId));
    this.#running.push({ stepId, attemptNumber, endsAt });
  }

  wakeAt(instant: number): void {
    this.#wakeAt.push(instant);
  }

  play(): number | undefined {
    this.#perform(Machine.wake(this.#machine, this.#now));
    while (!this.#isRefused) {
      const next = this.#takeNext();
      const wakeAt = Math.min(...this.#wakeAt);
      if (next === undefined && wakeAt === Number.POSITIVE_INFINITY) break;
      if (next === undefined || wakeAt < next.endsAt) {
        if (next !== undefined) this.#running.push(next);
        this.#wakeAt.length = 0;
        this.#now = Math.max(this.#now, wakeAt);
        this.#perform(Machine.wake(this.#machine, this.#now));
        continue;
      }
      this.#now = Math.max(this.#now, next.endsAt);
      const { stepId, attemptNumber } = next;
      this.#tell({ type: "step_completed", stepId, attemptNumber, result: null });
    }
    return this.#isRefused ? undefined : this.#now;
  }

  #takeNext(): RunningAttempt | undefined {
    let first = 0;
    for (const [index, { endsAt }] of this.#running.entries())
      if (endsAt < (this.#running[first]?.endsAt ?? endsAt)) first = index;
    return this.#running.splice(first, 1)[0];
  }

  #tell(event: Event): void {
    const outcome = Machine.transition(this.#machine, event, this.#now);
    if (!outcome.ok) {
      this.#isRefused = true;
      return;
    }
    this.#machine = outcome.machine;
    this.#perform(outcome.effects);
  }

  #perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === "tell") this.#tell(effect.event);
      if (effect.type === "run_step") this.add(effect.stepId, effect.attemptNumber, this.#now);
      if (effect.type === "start_later" || effect.type === "wake_at") this.wakeAt(effect.dueAt);
      if (effect.type === "write_checkpoint")
        this.#tell({ type: "checkpoint_created", checkpointId: "forecast" });
    }
  }
}
