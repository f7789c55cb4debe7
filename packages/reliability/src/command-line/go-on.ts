import { CrashSite } from "./CrashSite.ts";
import { judge, type Stop, type Verdict } from "./judge.ts";

/** What a person would do: `axw resume`, or where no run was recorded, `axw run` again. */
export async function goOn(site: CrashSite, stops: readonly Stop[]): Promise<Verdict> {
  const runId = stops.at(-1)?.found.runId;
  const ended = runId === undefined ? await site.run() : await site.resume(runId);
  return judge(stops, { ended, found: site.look() });
}

/** Gives a site to `action`, and takes it away afterwards. */
export async function withSite<T>(action: (site: CrashSite) => Promise<T>): Promise<T> {
  const site = new CrashSite();
  try {
    return await action(site);
  } finally {
    site.remove();
  }
}
