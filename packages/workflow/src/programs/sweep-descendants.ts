import { setTimeout as delay } from "node:timers/promises";
import { AgentError } from "../agents/AgentPort.js";
import {
  ATTEMPT_VARIABLE,
  OUTER_ATTEMPTS_VARIABLE,
  OUTER_TOKENS_VARIABLE,
  TOKEN_VARIABLE,
} from "./attempt-environment.js";
import { canListProcesses, type RunningProcess, runningProcesses } from "./running-processes.js";

/**
 * How long a killed process may take to disappear before an error is reported, in ms. A process
 * that is waiting for a broken disk does not end at once.
 */
export const KILL_LIMIT_MS = 10_000;

/** Pauses between scans, in ms: short at first, because most processes end at once. */
const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 50;

/** How many scans must find a killed process alive before it is reported. */
const LAST_SCANS = 20;

/**
 * Identifies the processes of one attempt: those marked with its token and, if it is known, those
 * in its group and session.
 */
export interface AttemptProcesses {
  /** The idempotency key of the attempt. */
  readonly idempotencyKey: string;
  /**
   * The tokens of the engines that performed the attempt. If absent, the processes are those of an
   * attempt of version 0.1.0: they have the key, but no token.
   */
  readonly tokens?: readonly string[];
  /** The process id of the program, which leads its own group and session. */
  readonly groupId?: number;
}

/**
 * Ends every process of an attempt: sends TERM, sends KILL to the survivors after `graceMs`, and
 * resolves once all have ended, with whether there were any. It finds the program's process group
 * and session and, through /proc, every other process that has exactly the attempt's token in its
 * environment, such as a daemon in its own session. It never signals this process or its ancestors.
 *
 * Without /proc (macOS, Windows) it finds only the group (on Windows only the program). A
 * descendant that leaves the session *and* clears its environment is not found on any system.
 *
 * `stopWithinMs` returns how long the processes may still live; undefined without a limit. At the
 * latest, KILL is sent after half of the time that it first returned, so that the other half is
 * left for them to end.
 *
 * Rejects with an `AgentError` when a process survives KILL for ten seconds.
 */
export async function sweepDescendants(
  attempt: AttemptProcesses,
  graceMs: number,
  stopWithinMs: () => number | undefined = () => undefined,
): Promise<boolean> {
  const startedAt = performance.now();
  let killedAt: number | undefined;
  let scansSinceKill = 0;
  const asked = new Set<number>();
  let pauseMs = FIRST_PAUSE_MS;
  let killAfterMs = graceMs;
  // A process briefly has no environment during an exec, so two empty scans in a row are needed.
  for (let emptyScans = 0; ; ) {
    const alive = canListProcesses
      ? livingOf(attempt, await runningProcesses())
      : livingGroup(attempt);
    const elapsedMs = performance.now() - startedAt;
    killAfterMs = Math.min(
      killAfterMs,
      elapsedMs + (stopWithinMs() ?? Number.POSITIVE_INFINITY) / 2,
    );
    emptyScans = alive.length === 0 ? emptyScans + 1 : 0;
    if (emptyScans === 2) return asked.size > 0;
    if (killedAt !== undefined) {
      scansSinceKill += 1;
      // Both limits count, since time passes without scans while this process is stopped.
      const isOver = performance.now() - killedAt > KILL_LIMIT_MS;
      if (isOver && scansSinceKill > LAST_SCANS) throw survivorError(alive);
    }
    if (elapsedMs >= killAfterMs) {
      for (const target of alive) send(target, "SIGKILL");
      if (alive.length > 0) killedAt ??= performance.now();
    } else for (const target of alive) if (!asked.has(target)) send(target, "SIGTERM");
    for (const target of alive) asked.add(target);
    const untilKillMs = killAfterMs - elapsedMs;
    await delay(untilKillMs > 0 ? Math.min(pauseMs, untilKillMs) : pauseMs);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5);
  }
}

/**
 * The ids to signal: process ids, and the group's id negated, which also reaches a child that is
 * being forked.
 */
function livingOf(attempt: AttemptProcesses, all: readonly RunningProcess[]): number[] {
  const spared = lineageOf(process.pid, all);
  const own = all.filter((one) => !spared.has(one.pid) && belongsTo(attempt, one));
  const isInGroup = (one: RunningProcess): boolean => one.groupId === attempt.groupId;
  const outsiders = own.filter((one) => !isInGroup(one)).map(({ pid }) => pid);
  return attempt.groupId !== undefined && own.some(isInGroup)
    ? [-attempt.groupId, ...outsiders]
    : outsiders;
}

function belongsTo(attempt: AttemptProcesses, one: RunningProcess): boolean {
  const { groupId, tokens, idempotencyKey } = attempt;
  if (groupId !== undefined && one.sessionId === groupId) return true;
  const token = one.environmentValue(TOKEN_VARIABLE);
  const outerTokens = one.environmentValue(OUTER_TOKENS_VARIABLE);
  if (tokens !== undefined) {
    const marks = [token, ...(outerTokens?.split(" ") ?? [])];
    return tokens.some((of) => marks.includes(of));
  }
  if (token === undefined && one.environmentValue(ATTEMPT_VARIABLE) === idempotencyKey) return true;
  if (outerTokens !== undefined) return false;
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

/** False when the process no longer exists. */
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
    `Some processes of this attempt could not be ended (process ids ${ids}); ` +
      "end them manually before running the step again.",
    { retryable: false },
  );
}
