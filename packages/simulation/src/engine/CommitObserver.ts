import type { StoragePort } from "@automatosx/workflow";
import type { SimulatedProcess } from "./SimulatedProcess.js";
import type { SimulatedRun } from "./SimulatedRun.js";
import type { WorldView } from "./world-view.js";

type Commit = Parameters<StoragePort["commit"]>[0];
type Entry = Commit["runs"][number]["entries"][number];

/** Time in ms after a disturbance by which a process has certainly renewed its leases. */
const DISTURBED_MS = 60_000;

/** Minimum time in ms left on a lease when it is renewed. Clocks may differ by this much. */
const LEASE_LEFT_MS = 3000;

/** Checks every claim and every commit that a process makes, and updates the models of the runs. */
export class CommitObserver {
  readonly #world: WorldView;
  readonly #hasSlept: () => boolean;

  /**
   * `hasSlept` is true once a process has been suspended: agents may have timed out in the
   * meantime.
   */
  constructor(world: WorldView, hasSlept: () => boolean) {
    this.#world = world;
    this.#hasSlept = hasSlept;
  }

  /**
   * A process acquired the lease of a run. `isRecovery` is false if the run was requested by its
   * id.
   */
  acquired(process: SimulatedProcess, runId: string, isRecovery = false): void {
    const run = this.#world.runOf(runId);
    if (run === undefined) return;
    run.recoveries = isRecovery ? run.recoveries + 1 : 0;
    if (this.#isAtWork(run, process))
      this.#world.report(
        `${process.name} claims ${run.name} while ${run.ownedBy?.name} still works on it`,
      );
    run.ownedBy = process;
  }

  /** The disk was full: the engine suspends the runs of the commit. */
  foundNoRoom({ runs }: Commit): void {
    for (const { runId } of runs) {
      const run = this.#world.runOf(runId);
      if (run !== undefined) run.isSuspended = true;
    }
  }

  committed(process: SimulatedProcess, { newRuns, runs }: Commit): void {
    for (const { runId } of newRuns) this.acquired(process, runId);
    for (const { runId, entries } of runs) {
      const run = this.#world.runOf(runId);
      if (run === undefined) {
        this.#world.report(`${process.name} writes ${runId}, a run that was never started`);
        continue;
      }
      if (entries.length > 0)
        this.#world.log(
          `${process.name} writes ${run.name} from entry ${entries[0]?.seq}: ` +
            entries.map(describeEntry).join(", "),
        );
      for (const entry of entries) this.#observe(process, run, runId, entry);
    }
  }

  #observe(process: SimulatedProcess, run: SimulatedRun, runId: string, entry: Entry): void {
    const { team } = this.#world;
    if (entry.type === "execute_step_batch") countRepeats(process, run, entry);
    run.model.apply(entry, (stepId, attempt, reason) =>
      team.isMeant(`${runId}/${stepId}/${attempt}`, reason),
    );
    if (run.model.ending === "cancelled") run.cancelledBy = process;
    if (isOutcome(entry)) run.recoveries = 0;
    const attempt = `${entry.stepId}/${entry.attemptNumber}`;
    if (entry.type === "step_completed" && team.hasTimedOut(`${runId}/${attempt}`))
      this.#world.report(`${run.name} records the result of ${attempt}, which had timed out`);
    if (entry.type === "step_failed") this.#checkReason(run, entry);
  }

  // An agent fails as scripted. The other causes of failure are interruptions, sleep, and a task
  // that refers to a missing value.
  #checkReason(run: SimulatedRun, { stepId = "", attemptNumber, payload }: Entry): void {
    const { reason } = JSON.parse(payload) as { reason: string };
    const key = `${run.id}/${stepId}/${attemptNumber}`;
    if (reason === "interrupted" || this.#world.team.isMeant(key, reason)) return;
    const lacksValue =
      (reason === "invalid" || reason === "expression") &&
      run.model.steps.get(stepId)?.step.task.includes("${{") === true;
    const isOverslept = reason === "timeout" && this.#hasSlept();
    if (!lacksValue && !isOverslept)
      this.#world.report(
        `${run.name} records a failure of ${stepId}/${attemptNumber} (${reason}) ` +
          "that its agent did not cause",
      );
  }

  // True if the owner, whose lease was not disturbed, has the run active or its agents running.
  #isAtWork(run: SimulatedRun, other: SimulatedProcess): boolean {
    const { ownedBy: owner, id = "" } = run;
    if (owner === undefined || owner === other || owner.isDead || !owner.clock.isRunning)
      return false;
    const isUndisturbed =
      this.#world.time.now > owner.disturbedAt + DISTURBED_MS &&
      other.clock.now() < owner.clock.now() + LEASE_LEFT_MS;
    return (
      isUndisturbed &&
      (owner.engine?.activeRun(id) !== undefined ||
        this.#world.team.openCalls(owner, id).length > 0)
    );
  }
}

// An attempt that was interrupted in a process that has died since is repeated because of that.
function countRepeats(process: SimulatedProcess, run: SimulatedRun, { payload }: Entry): void {
  for (const id of (JSON.parse(payload) as { stepIds: string[] }).stepIds) {
    const { model, startedIn } = run;
    const step = model.steps.get(id);
    const before = startedIn.get(id);
    if (step !== undefined && before?.hasCrashed === true && model.wasInterrupted(id))
      step.repeated += 1;
    startedIn.set(id, process);
  }
}

function describeEntry({ type, stepId, attemptNumber, payload }: Entry): string {
  if (stepId !== undefined) return `${type} ${stepId}/${attemptNumber}`;
  return type === "execute_step_batch"
    ? `${type} ${(JSON.parse(payload) as { stepIds: string[] }).stepIds.join("+")}`
    : type;
}

/**
 * True if an agent's outcome is recorded. This shows that the run does not crash every engine that
 * claims it.
 */
function isOutcome({ type, payload }: Entry): boolean {
  return (
    type === "step_completed" ||
    (type === "step_failed" && (JSON.parse(payload) as { reason: string }).reason !== "interrupted")
  );
}
