/** What an engine of this process has in progress. */
interface Work {
  /** Returns whether the run is active or being claimed, or one of its agents is still stopping. */
  worksOn(runId: string): boolean;
}

interface Reference {
  deref(): Work | undefined;
}

/**
 * The engines of this thread, by owner id. The registry is global because a process may load this
 * package twice. Engines in other threads are not in it, and are judged like another process. An
 * engine that is never closed is not kept in memory.
 */
const engines: Map<string, Reference> = registry();
const collected = new FinalizationRegistry<string>((ownerId) => engines.delete(ownerId));

const NO_WORK: Work = { worksOn: () => false };

function registry(): Map<string, Reference> {
  const holder = globalThis as { [key: symbol]: Map<string, Reference> | undefined };
  const key = Symbol.for("@automatosx/workflow/local-engines");
  holder[key] ??= new Map();
  return holder[key];
}

/** Adds an engine of this thread. */
export function addEngine(ownerId: string, work: Work): void {
  engines.set(ownerId, new WeakRef(work));
  collected.register(work, ownerId, work);
}

/**
 * Removes an engine that has closed. If it could not release a run, it stays known as an engine
 * that works on no run, so that the run is free at once.
 */
export function removeEngine(ownerId: string, work: Work, hasReleasedAll: boolean): void {
  collected.unregister(work);
  if (hasReleasedAll) engines.delete(ownerId);
  else engines.set(ownerId, { deref: () => NO_WORK });
}

/** Returns whether the owner is an engine of this thread that no longer works on the run. */
export function wasDropped(ownerId: string, runId: string): boolean {
  return engines.get(ownerId)?.deref()?.worksOn(runId) === false;
}
