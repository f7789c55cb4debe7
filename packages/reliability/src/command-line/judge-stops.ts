import { isDeepStrictEqual } from "node:util";
import type { Found } from "./CrashSite.ts";
import { RESULTS } from "./crash-workflow.ts";
import { type Ended, lastJson, reasonLine, reportedSteps } from "./output.ts";

/** The output of a command before it was interrupted, and the state on disk afterwards. */
export interface Stop {
  readonly ended: Pick<Ended, "stdout">;
  readonly found: Found;
}

/** The broken promises, one line each. The lists are empty if all promises were kept. */
export interface Verdict {
  /** Completions that were reported but are not in the journal. */
  readonly lost: readonly string[];
  /** Differences from the outcome of an undisturbed run. */
  readonly different: readonly string[];
  /** Recorded steps that ran again, and attempts that began twice. */
  readonly ranAgain: readonly string[];
}

/**
 * Compares the promises made before each stop with the state found after it and at the end. Each
 * stop may cause one more execution of each step that was in flight.
 */
export function judgeStops(
  stops: readonly Stop[],
  last: Stop & { readonly ended: Ended },
): Verdict {
  const lost = [...stops, last].flatMap(({ ended, found }) =>
    reportedSteps(ended.stdout)
      .filter((stepId) => !found.completed.includes(stepId))
      .map((stepId) => `${stepId} was reported as completed but is not in the journal`),
  );
  const ending = lastJson(last.ended.stdout);
  const different = [
    ...(last.ended.exitCode === 0
      ? []
      : [`the last command exited with ${last.ended.exitCode}: ${reasonLine(last.ended.stderr)}`]),
    ...(ending?.status === "completed" && isDeepStrictEqual(ending.results, RESULTS)
      ? []
      : [
          `the run ended with status ${ending?.status ?? "unknown"} ` +
            `and results ${JSON.stringify(ending?.results)}`,
        ]),
    ...Object.keys(RESULTS)
      .map(
        (stepId) =>
          [stepId, last.found.completed.filter((each) => each === stepId).length] as const,
      )
      .filter(([, count]) => count !== 1)
      .map(([stepId, count]) => `${stepId} is completed ${count} times in the journal`),
  ];
  return { lost, different, ranAgain: repeatedWork(stops, last.found) };
}

function repeatedWork(stops: readonly Stop[], end: Found): string[] {
  const recorded = stops.flatMap(({ found }) =>
    [...new Set(found.completed)]
      .map((stepId) => [stepId, callCount(stepId, found), callCount(stepId, end)] as const)
      .filter(([, before, after]) => before !== after)
      .map(
        ([stepId, before, after]) =>
          `executions of ${stepId}: ${before} when it was recorded, ${after} at the end`,
      ),
  );
  const twice = end.calls
    .filter((call, index) => end.calls.indexOf(call) !== index)
    .map((call) => `the attempt ${call} began more than once`);
  // Only a step in flight at a stop may run once more. `flaky` fails its first attempt.
  const limit = (stepId: string): number => stops.length + (stepId === "flaky" ? 2 : 1);
  const tooOften = Object.keys(RESULTS)
    .filter((stepId) => callCount(stepId, end) > limit(stepId))
    .map((stepId) => `${stepId} ran ${callCount(stepId, end)} times; at most ${limit(stepId)}`);
  return [...recorded, ...twice, ...tooOften];
}

function callCount(stepId: string, { calls }: Found): number {
  return calls.filter((call) => call.startsWith(`${stepId}#`)).length;
}
