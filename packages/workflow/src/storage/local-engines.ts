/** Returns whether an engine works on a run: it is active, being claimed, or its agents stop. */
type WorksOn = (runId: string) => boolean;

/**
 * The engines of this thread, by owner id. The registry is global because a process may load this
 * package twice. Engines in other threads are not in it, and are judged like another process.
 */
const engines: Map<string, WorksOn> = registry();

function registry(): Map<string, WorksOn> {
  const holder = globalThis as { [key: symbol]: Map<string, WorksOn> | undefined };
  const key = Symbol.for("@automatosx/workflow/local-engines");
  holder[key] ??= new Map();
  return holder[key];
}

/** Adds an engine of this thread. */
export function addEngine(ownerId: string, worksOn: WorksOn): void {
  engines.set(ownerId, worksOn);
}

/**
 * Removes an engine that has closed. If it could not release a run, it stays known as an engine
 * that works on no run, so that the run is free at once.
 */
export function removeEngine(ownerId: string, hasReleasedAll: boolean): void {
  if (hasReleasedAll) engines.delete(ownerId);
  else engines.set(ownerId, () => false);
}

/** Returns whether the owner is an engine of this thread that no longer works on the run. */
export function wasDropped(ownerId: string, runId: string): boolean {
  return engines.get(ownerId)?.(runId) === false;
}
