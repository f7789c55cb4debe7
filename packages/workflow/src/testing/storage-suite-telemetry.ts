import { DURATION_BOUNDS_MS } from "../storage/telemetry-rows.js";
import { type Check, type Expect, entry, newRun, turn, write } from "./storage-suite-fixture.js";

/** What telemetry keeps and reads. A storage that does not support it passes. */
export function telemetry(check: Check, expect: Expect): void {
  const end = { state: "completed", status: "completed", release: true } as const;
  check("keeps how far a trace was exported, and never goes back", (storage) => {
    if (storage.saveTracePositions === undefined) return;
    const position = (): unknown => storage.tracePosition?.("r1");
    expect(position()).toEqual(undefined);
    storage.saveTracePositions([{ runId: "r1", seq: 4, isPending: true }]);
    expect(position()).toEqual({ runId: "r1", seq: 4, isPending: true });
    expect(storage.pendingTraces?.(10)).toEqual(["r1"]);
    storage.saveTracePositions([{ runId: "r1", seq: 2, isPending: false }]);
    expect(position()).toEqual({ runId: "r1", seq: 4, isPending: false });
    expect(storage.pendingTraces?.(10)).toEqual([]);
  });
  check("keeps no position of a run that does not exist, or exists no more", (storage) => {
    if (storage.saveTracePositions === undefined) return;
    storage.saveTracePositions([
      { runId: "nowhere", seq: 1, isPending: true },
      { runId: "r1", seq: 1, isPending: true },
    ]);
    expect(storage.pendingTraces?.(10)).toEqual(["r1"]);
    write(storage, { runs: [turn({ run: { ...end, updatedAt: 20, finishedAt: 20 } })] });
    storage.removeRuns({ runIds: ["r1"], isHeld: () => false });
    expect([storage.tracePosition?.("r1"), storage.pendingTraces?.(10)]).toEqual([undefined, []]);
  });
  check("keeps what a run has used when it comes to rest", (storage) => {
    const used = { attempts: 3, tokens: 1200, usd: 0.25 };
    write(storage, {
      newRuns: [newRun("r2")],
      runs: [
        turn({ run: { ...end, updatedAt: 20, finishedAt: 20, used } }),
        turn({
          runId: "r2",
          entries: [{ ...entry(1), runId: "r2" }],
          run: { ...end, updatedAt: 20, finishedAt: 20, used: { attempts: 1 } },
        }),
      ],
    });
    expect([storage.getRun("r1")?.used, storage.getRun("r2")?.used]).toEqual([
      used,
      { attempts: 1 },
    ]);
  });
  check("adds up the runs of each workflow by status and by how long they took", (storage) => {
    if (storage.runTotals === undefined) return;
    const ended = (runId: string, tookMs: number, usd: number) =>
      turn({
        runId,
        entries: [{ ...entry(1), runId }],
        run: { ...end, ...at(10 + tookMs), used: { attempts: 2, tokens: 100, usd } },
      });
    write(storage, {
      newRuns: [
        newRun("r2"),
        newRun("r3"),
        newRun("r4"),
        { ...newRun("r4.a"), parentRunId: "r4", parentStepId: "a" },
      ],
      runs: [ended("r2", 1000, 0.5), ended("r3", 900, 0.25), ended("r4", 9_999_999, 1)],
    });
    const [completed, running] = storage.runTotals();
    expect(completed).toEqual({
      ...{ workflowId: "w", status: "completed", runs: 3, waiting: 0 },
      ...{ runsUpTo: [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2], durationMs: 10_001_899 },
      used: { attempts: 6, tokens: 300, usd: 1.75 },
    });
    expect(running).toEqual({
      ...{ workflowId: "w", status: "running", runs: 1, waiting: 0, durationMs: 0 },
      ...{ runsUpTo: DURATION_BOUNDS_MS.map(() => 0), used: { attempts: 0, tokens: 0, usd: 0 } },
    });
  });
}

const at = (instant: number) => ({ updatedAt: instant, finishedAt: instant });
