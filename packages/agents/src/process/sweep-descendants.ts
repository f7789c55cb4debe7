import { setTimeout as delay } from "node:timers/promises";
import { AgentError } from "@automatosx/workflow";
import { ATTEMPT_VARIABLE, OUTER_ATTEMPTS_VARIABLE } from "./attempt-environment.js";
import { canListProcesses, type RunningProcess, runningProcesses } from "./running-processes.js";

/** How long a killed process may take to be gone, for example one that waits for a broken disk, before this is an error. In ms. */
export const KILL_LIMIT_MS = 10_000;

/** Pauses between looks, in ms: short at first, since most processes end at once. */
const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 50;

/** The processes of one attempt: those marked with its key, and where it was we who began it, those of its group and session. */
export interface AttemptProcesses {
  readonly idempotencyKey: string;
  /** The process id of the program, which leads a group and a session of its own. */
  readonly groupId?: number;
}

/**
 * Ends every process of an attempt: asks with TERM, kills what is left after `graceMs`, and resolves once none is alive.
 * Found are the program's process group and session, and through /proc whatever else carries exactly the attempt's key in its
 * environment, such as a daemon with a session of its own. Never this process or one that it descends from.
 *
 * Where there is no /proc (macOS, Windows) only the group (on Windows: only the program) is found. A descendant that leaves the session
 * *and* clears its environment is found nowhere.
 *
 * Rejects with an `AgentError` when a process outlives KILL for ten seconds.
 */
export async function sweepDescendants(attempt: AttemptProcesses, graceMs: number): Promise<void> {
  const startedAt = performance.now();
  const asked = new Set<number>();
  let pauseMs = FIRST_PAUSE_MS;
  // A process in the middle of an exec shows no environment for an instant: only a second look that finds nothing counts.
  for (let emptyLooks = 0; emptyLooks < 2; ) {
    const alive = canListProcesses
      ? livingOf(attempt, await runningProcesses())
      : livingGroup(attempt);
    const elapsedMs = performance.now() - startedAt;
    emptyLooks = alive.length === 0 ? emptyLooks + 1 : 0;
    if (emptyLooks === 2) return;
    if (elapsedMs > graceMs + KILL_LIMIT_MS) throw survivorError(alive);
    if (elapsedMs >= graceMs) for (const target of alive) send(target, "SIGKILL");
    else for (const target of alive) if (!asked.has(target)) send(target, "SIGTERM");
    for (const target of alive) asked.add(target);
    await delay(elapsedMs < graceMs ? Math.min(pauseMs, graceMs - elapsedMs) : pauseMs);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5);
  }
}

/** What to signal: a process id, or a group as its negative id, which reaches a group that is just forking as a whole. */
function livingOf(attempt: AttemptProcesses, all: readonly RunningProcess[]): number[] {
  const spared = lineageOf(process.pid, all);
  const own = all.filter((one) => !spared.has(one.pid) && belongsTo(attempt, one));
  const isInGroup = (one: RunningProcess): boolean => one.groupId === attempt.groupId;
  const outsiders = own.filter((one) => !isInGroup(one)).map(({ pid }) => pid);
  return attempt.groupId !== undefined && own.some(isInGroup)
    ? [-attempt.groupId, ...outsiders]
    : outsiders;
}

function belongsTo({ groupId, idempotencyKey }: AttemptProcesses, one: RunningProcess): boolean {
  if (groupId !== undefined && one.sessionId === groupId) return true;
  if (one.environmentValue(ATTEMPT_VARIABLE) === idempotencyKey) return true;
  return (
    one.environmentValue(OUTER_ATTEMPTS_VARIABLE)?.split(" ").includes(idempotencyKey) ?? false
  );
}

/** A process and its ancestors. */
function lineageOf(pid: number, all: readonly RunningProcess[]): Set<number> {
  const parents = new Map(all.map((one) => [one.pid, one.parentId]));
  const lineage = new Set<number>();
  for (
    let at: number | undefined = pid;
    at !== undefined && at > 0 && !lineage.has(at);
    at = parents.get(at)
  )
    lineage.add(at);
  return lineage;
}

function livingGroup({ groupId }: AttemptProcesses): number[] {
  if (groupId === undefined) return [];
  const target = process.platform === "win32" ? groupId : -groupId;
  return send(target, 0) ? [target] : [];
}

/** False when there is no such process any more. */
function send(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    return false;
  }
}

function survivorError(targets: readonly number[]): AgentError {
  const ids = targets.map((target) => Math.abs(target)).join(", ");
  return new AgentError(
    `Processes of this attempt could not be ended (process ids ${ids}); end them by hand before running the step again.`,
    {
      retryable: false,
    },
  );
}
