import { isOwned } from "../storage/owner-state.js";
import type { StoragePort, TracePosition } from "../storage/StoragePort.js";
import { RunTrace, type TraceHost } from "./RunTrace.js";

/** How many runs of earlier processes are completed. */
const MAX_PENDING = 1000;

/** How long ago a run must have been written, in ms: its process may be about to export the rest. */
export const ORPHAN_AGE_MS = 3000;

/** The traces of the runs of one database, and how far they were exported. */
export class DatabaseTraces {
  readonly #storage: StoragePort;
  readonly #host: TraceHost;
  readonly #traces = new Map<string, RunTrace>();
  /** The positions as they are stored. */
  readonly #saved = new Map<RunTrace, number>();
  readonly #unregistered = new Set<RunTrace>();

  constructor(storage: StoragePort, host: TraceHost) {
    this.#storage = storage;
    this.#host = host;
  }

  /** The traces that are open. */
  get traces(): IterableIterator<RunTrace> {
    return this.#traces.values();
  }

  get(runId: string): RunTrace | undefined {
    return this.#traces.get(runId);
  }

  /** Returns the trace of a run. Throws `run_not_found`, or `journal_damaged`. */
  open(runId: string): RunTrace {
    const known = this.#traces.get(runId);
    if (known !== undefined) return known;
    const trace = new RunTrace(this.#storage, runId, this.#host);
    this.#traces.set(runId, trace);
    this.#unregistered.add(trace);
    return trace;
  }

  /**
   * Records that the traces opened since the last call have spans to export, so that another
   * process exports them if this one dies.
   */
  register(): void {
    const opened = [...this.#unregistered];
    this.#unregistered.clear();
    if (opened.length === 0) return;
    this.#storage.saveTracePositions?.(
      opened.map(({ runId }) => ({ runId, seq: 0, isPending: true })),
    );
  }

  /**
   * Returns the ids of runs that processes have left which no longer exist, and whether these are
   * all: a run that was written just now may be one too.
   */
  orphans(): { readonly runIds: readonly string[]; readonly areAll: boolean } {
    const pending = this.#storage.pendingTraces?.(MAX_PENDING) ?? [];
    const orphans = pending.flatMap((runId) => {
      const run = this.#traces.has(runId) ? undefined : this.#storage.getRun(runId);
      return run === undefined || isOwned(run) ? [] : [run];
    });
    const before = Date.now() - ORPHAN_AGE_MS;
    const old = orphans.filter(({ updatedAt }) => updatedAt <= before);
    return { runIds: old.map(({ runId }) => runId), areAll: old.length === orphans.length };
  }

  /** Returns how far each trace will be exported once all spans that have ended are. */
  positions(waiting: ReadonlyMap<RunTrace, number>): ReadonlyMap<RunTrace, number> {
    return new Map(
      [...this.#traces.values()].map((trace) => {
        const first = waiting.get(trace);
        return [trace, first === undefined ? trace.seq : Math.min(first - 1, trace.seq)];
      }),
    );
  }

  /** Stores the positions that were reached, and closes the traces of runs that have left. */
  save(reached: ReadonlyMap<RunTrace, number>): void {
    this.register();
    const changed: TracePosition[] = [];
    for (const [trace, seq] of reached) {
      const isDone = !trace.isActive && seq === trace.seq;
      if (!isDone && this.#saved.get(trace) === seq) continue;
      this.#saved.set(trace, seq);
      changed.push({ runId: trace.runId, seq, isPending: !isDone || this.#continues(trace) });
      if (isDone) this.#close(trace);
    }
    if (changed.length > 0) this.#storage.saveTracePositions?.(changed);
  }

  // A run that another engine has claimed may have spans to export that this process does not know.
  #continues({ runId }: RunTrace): boolean {
    const run = this.#storage.getRun(runId);
    return run?.status === "running";
  }

  #close(trace: RunTrace): void {
    this.#saved.delete(trace);
    if (this.#traces.get(trace.runId) === trace) this.#traces.delete(trace.runId);
  }
}
