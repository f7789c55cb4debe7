import { checkAdoption } from "../journal/child-steps.js";
import { findRun } from "../journal/find-run.js";
import { notACopy } from "../storage/backend-run.js";
import type { StoragePort, StoredRun } from "../storage/StoragePort.js";
import { joinParents } from "./child-runs/join-parents.js";
import type { EngineContext } from "./EngineContext.js";
import type { RunHandle } from "./RunHandle.js";
import { resumeRun } from "./resume-run.js";

/**
 * Takes a run and its child runs away from the backend that executes them, and continues the run in
 * this engine.
 */
export async function adoptRun(engine: EngineContext, id: string): Promise<RunHandle> {
  engine.assertOpen();
  const run = findRun(engine.storage, id);
  checkAdoption(engine.storage, run);
  const copies = familyOf(engine.storage, run).filter(({ backend }) => backend !== undefined);
  if (copies.length === 0) throw notACopy(run.runId);
  // The deepest first: a step of an adopted run joins the runs that it started, and after a crash
  // in between, the run itself can be adopted again.
  for (const copy of copies.toReversed()) if (copy.runId !== run.runId) adoptRow(engine, copy);
  const handle = await resumeRun(engine, run.runId, { isByUser: true, adopts: true });
  await joinParents(engine, run.runId);
  return handle;
}

/** A run, then the runs that its steps started, each before its own. */
function familyOf(storage: StoragePort, run: StoredRun): readonly StoredRun[] {
  return [run, ...storage.listChildRuns(run.runId).flatMap((child) => familyOf(storage, child))];
}

/** Makes a copy a run of this database that no engine owns. */
function adoptRow({ storage, owner, ports, leases }: EngineContext, { runId }: StoredRun): void {
  const lease = storage.acquireLease({
    ...{ runId, owner, now: ports.clock.now(), leaseUntil: leases.leaseUntil },
    isDead: () => false,
    adopts: true,
  });
  if (lease.held) storage.releaseLease(runId, lease.leaseEpoch);
}
