import { isDeepStrictEqual } from "node:util";
import type { Mismatch } from "../compare.js";
import type { RunFacts } from "../RunFacts.js";
import type { JobReport } from "./job.js";

/**
 * Compares a case whose process was killed with the same case undisturbed: the run, its steps and
 * their results must be the same, and an agent may be launched more often only by the attempts that
 * were in flight.
 */
export function compareReports(undisturbed: JobReport, killed: JobReport): Mismatch[] {
  const mismatches: Mismatch[] = killed.problems.map((problem) => ({
    at: "run",
    expected: "a case that can be played to its end",
    found: problem,
  }));
  if (undisturbed.facts !== undefined)
    mismatches.push(...compareFacts(undisturbed.facts, killed.facts, killed));
  const agents = new Set([...Object.keys(undisturbed.launches), ...Object.keys(killed.launches)]);
  for (const agentId of agents) {
    const wanted = undisturbed.launches[agentId] ?? 0;
    const interrupted = [...killed.lost.map((attempt) => attempt.agentId), ...killed.crashed];
    const lostCount = interrupted.filter((other) => other === agentId).length;
    const found = killed.launches[agentId] ?? 0;
    if (found > wanted + lostCount)
      mismatches.push({
        at: `launches.${agentId}`,
        expected: `at most ${wanted + lostCount}: ${wanted}, and ${lostCount} in flight`,
        found,
      });
  }
  return mismatches;
}

function compareFacts(
  wanted: RunFacts,
  found: RunFacts | undefined,
  { lost }: JobReport,
): Mismatch[] {
  if (found === undefined) return [{ at: "run", expected: "a run", found: "no run" }];
  // What was lost was paid for, so a budget may hold back what follows.
  if (wanted.budget !== undefined && lost.length > 0) return compareResults(wanted, found);
  const mismatches: Mismatch[] = [];
  const differ = (at: string, expected: unknown, value: unknown): void => {
    if (!isDeepStrictEqual(expected, value)) mismatches.push({ at, expected, found: value });
  };
  differ("status", wanted.status, found.status);
  differ("pausedFor", wanted.pausedFor, found.pausedFor);
  differ("reason", wanted.stopReason, found.stopReason);
  differ("error.code", wanted.errorCode, found.errorCode);
  differ("waitsFor", wanted.waitsFor.toSorted(), found.waitsFor.toSorted());
  differ("outputs", wanted.outputs, found.outputs);
  // What was in flight when a person paused the run is performed when the run is resumed.
  const isLeft = (path: string): boolean =>
    found.pausedFor === "asked" && lost.some(({ stepId }) => stepId === path);
  for (const path of new Set([...wanted.steps.keys(), ...found.steps.keys()])) {
    if (path.endsWith(":reconcile") || isLeft(path)) continue;
    const [before, after] = [wanted.steps.get(path), found.steps.get(path)];
    differ(`steps.${path}`, before?.status, after?.status);
    if (before?.status !== after?.status) continue;
    differ(`results.${path}`, before?.result, after?.result);
    differ(`files.${path}`, before?.files, after?.files);
    differ(`stepErrors.${path}.reason`, before?.reason, after?.reason);
  }
  return mismatches;
}

/** Compares the results of the steps that are completed in both. */
function compareResults(wanted: RunFacts, found: RunFacts): Mismatch[] {
  return [...wanted.steps].flatMap(([path, { status, result }]) => {
    const other = found.steps.get(path);
    if (status !== "completed" || other?.status !== "completed") return [];
    if (isDeepStrictEqual(result, other.result)) return [];
    return [{ at: `results.${path}`, expected: result, found: other.result }];
  });
}
