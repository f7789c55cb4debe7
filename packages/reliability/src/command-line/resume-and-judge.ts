import type { CrashSite } from "./CrashSite.ts";
import { judgeStops, type Stop, type Verdict } from "./judge-stops.ts";

/** Does what a user would do next: `axw resume`, or `axw run` again if no run was recorded. */
export async function resumeAndJudge(site: CrashSite, stops: readonly Stop[]): Promise<Verdict> {
  const runId = stops.at(-1)?.found.runId;
  const ended = runId === undefined ? await site.run() : await site.resume(runId);
  return judgeStops(stops, { ended, found: site.readFound() });
}
