import type { StoragePort } from "@automatosx/workflow";
import type { DatabaseObserver } from "./HostDatabase.js";
import type { HostsView } from "./hosts-view.js";

type Commit = Parameters<StoragePort["commit"]>[0];
type Entry = Commit["runs"][number]["entries"][number];

/** What the journal of a run says. */
interface RunRecord {
  readonly attempts: Map<string, number>;
  readonly results: Set<string>;
  /** When the run became visible to the workers, and when the first of them claimed it. */
  enqueuedAt: number | undefined;
  claimedAt: number | undefined;
  ending: string | undefined;
}

/** How much later a run may be enqueued than one that is claimed after it, in ms. */
const ORDER_MS = 10_000;

/** Reads every write that the database applies, and checks the promises that a write can break. */
export class RunRecords implements DatabaseObserver {
  readonly #world: HostsView;
  readonly #runs = new Map<string, RunRecord>();

  constructor(world: HostsView) {
    this.#world = world;
  }

  attemptOf(runId: string, stepId: string): number | undefined {
    return this.#runs.get(runId)?.attempts.get(stepId);
  }

  hasResult(runId: string, stepId: string): boolean {
    return this.#runs.get(runId)?.results.has(stepId) === true;
  }

  hasEnded(runId: string): boolean {
    return this.#runs.get(runId)?.ending !== undefined;
  }

  describeOpen(): string {
    const open = [...this.#runs].filter(([, { ending }]) => ending === undefined);
    return open
      .map(([runId]) => {
        const { state, failedRecoveries, owner } = this.#world.rows.getRun(runId) ?? {};
        const who = owner?.ownerId ?? "no owner";
        return `${runId} (${state}, ${failedRecoveries} failed recoveries, ${who})`;
      })
      .join(", ");
  }

  acquired(runId: string, ownerId: string): void {
    const run = this.#of(runId);
    if (run.enqueuedAt === undefined) {
      run.enqueuedAt = this.#world.time.now;
      return;
    }
    this.#world.log(`${ownerId} has the lease of ${runId}`);
    if (run.claimedAt !== undefined) return;
    run.claimedAt = this.#world.time.now;
    for (const [otherId, other] of this.#runs)
      if (
        other.enqueuedAt !== undefined &&
        other.claimedAt === undefined &&
        other.enqueuedAt + ORDER_MS < run.enqueuedAt
      )
        this.#world.report(`${ownerId} claims ${runId} before ${otherId}, which is older`);
  }

  committed(ownerId: string, { runs }: Commit): void {
    for (const { runId, entries, run } of runs) {
      if (entries.length > 0)
        this.#world.log(
          `${ownerId} writes ${runId} from entry ${entries[0]?.seq}: ` +
            entries.map(described).join(", "),
        );
      for (const entry of entries) this.#observe(ownerId, runId, entry);
      if (run?.finishedAt !== undefined) this.#of(runId).ending = run.status;
    }
  }

  #observe(ownerId: string, runId: string, entry: Entry): void {
    const { type, stepId = "", attemptNumber = 0, payload } = entry;
    const run = this.#of(runId);
    const wrong = (what: string): void => this.#world.report(`${ownerId}: ${runId} ${what}`);
    if (run.ending !== undefined) wrong(`records ${type} after its end`);
    switch (type) {
      case "execute_step_batch":
        for (const id of (JSON.parse(payload) as { stepIds: string[] }).stepIds) {
          if (run.results.has(id)) wrong(`starts ${id}, which has a result`);
          run.attempts.set(id, (run.attempts.get(id) ?? 0) + 1);
        }
        break;
      case "step_completed":
        if (run.results.has(stepId)) wrong(`records ${stepId} a second time`);
        if (run.attempts.get(stepId) !== attemptNumber)
          wrong(`records attempt ${attemptNumber} of ${stepId}, which is not the newest`);
        run.results.add(stepId);
        break;
    }
  }

  #of(runId: string): RunRecord {
    const known = this.#runs.get(runId);
    if (known !== undefined) return known;
    const run: RunRecord = {
      attempts: new Map(),
      results: new Set(),
      enqueuedAt: undefined,
      claimedAt: undefined,
      ending: undefined,
    };
    this.#runs.set(runId, run);
    return run;
  }
}

const described = ({ type, stepId, attemptNumber, payload }: Entry): string => {
  if (stepId !== undefined) return `${type} ${stepId}/${attemptNumber}`;
  return type === "execute_step_batch"
    ? `${type} ${(JSON.parse(payload) as { stepIds: string[] }).stepIds.join("+")}`
    : type;
};
