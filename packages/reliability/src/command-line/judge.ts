import { isDeepStrictEqual } from "node:util";
import type { Found } from "./CrashSite.ts";
import { type Ended, lastJson, reasonLine, reportedSteps } from "./output.ts";
import { RESULTS } from "./small-workflow.ts";

/** What a run was seen to be when something had happened to it. */
export interface Stop {
  readonly ended: Pick<Ended, "stdout">;
  readonly found: Found;
}

/** The promises that were broken: one line each, empty where all held. */
export interface Verdict {
  /** A completion was reported, and is not in the journal. */
  readonly lost: readonly string[];
  /** The results are not those of a run that nothing happened to. */
  readonly different: readonly string[];
  /** A step ran again that was recorded, or an attempt began twice. */
  readonly ranAgain: readonly string[];
}

/** Holds what was promised at each stop against what was found after it, and at the end. `stopCount` in-flight attempts may be lost. */
export function judge(stops: readonly Stop[], last: Stop & { readonly ended: Ended }): Verdict {
  const lost = [...stops, last].flatMap(({ ended, found }) =>
    reportedSteps(ended.stdout)
      .filter((stepId) => !found.completed.includes(stepId))
      .map((stepId) => `${stepId} was reported as completed and is not in the journal`),
  );
  const ending = lastJson(last.ended.stdout);
  const different = [
    ...(last.ended.exitCode === 0
      ? []
      : [
          `the last command ended with exit code ${last.ended.exitCode}: ${reasonLine(last.ended.stderr)}`,
        ]),
    ...(ending?.status === "completed" && isDeepStrictEqual(ending.results, RESULTS)
      ? []
      : [`it ended as ${ending?.status ?? "nothing"} with ${JSON.stringify(ending?.results)}`]),
    ...Object.keys(RESULTS)
      .map(
        (stepId) =>
          [stepId, last.found.completed.filter((each) => each === stepId).length] as const,
      )
      .filter(([, count]) => count !== 1)
      .map(([stepId, count]) => `${stepId} is completed ${count} times in the journal`),
  ];
  return { lost, different, ranAgain: runsAgain(stops, last.found) };
}

function runsAgain(stops: readonly Stop[], end: Found): string[] {
  const recorded = stops.flatMap(({ found }) =>
    [...new Set(found.completed)]
      .map((stepId) => [stepId, callsOf(stepId, found), callsOf(stepId, end)] as const)
      .filter(([, before, after]) => before !== after)
      .map(
        ([stepId, before, after]) =>
          `${stepId} was recorded after ${before} executions and had ${after} at the end`,
      ),
  );
  const twice = end.calls
    .filter((call, index) => end.calls.indexOf(call) !== index)
    .map((call) => `the attempt ${call} began more than once`);
  // A step in flight at a stop may run once more; nothing else costs an execution.
  const most = (stepId: string): number => stops.length + (stepId === "flaky" ? 2 : 1);
  const tooOften = Object.keys(RESULTS)
    .filter((stepId) => callsOf(stepId, end) > most(stepId))
    .map(
      (stepId) => `${stepId} ran ${callsOf(stepId, end)} times, ${most(stepId)} at most were due`,
    );
  return [...recorded, ...twice, ...tooOften];
}

function callsOf(stepId: string, { calls }: Found): number {
  return calls.filter((call) => call.startsWith(`${stepId}#`)).length;
}
