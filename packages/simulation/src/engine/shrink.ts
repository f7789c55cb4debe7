import { Databases } from "./Databases.js";
import type { EngineWorldOptions } from "./EngineWorld.js";
import { runEngineSeed, type SeedReport } from "./run-seed.js";
import { readWorkflow, type WorkflowText } from "./workflows.js";

/**
 * The shortest story of a failure. Planned faults are left out one by one, and stay out while the
 * seed still fails. `only` lists the faults that are needed, by their index in the whole plan.
 */
export async function shrinkEngineSeed(
  options: Omit<EngineWorldOptions, "only">,
): Promise<{ readonly report: SeedReport; readonly only: readonly number[] }> {
  let report = await runEngineSeed(options);
  let only = report.faults.map((_, index) => index);
  // Leaving one out may make another unnecessary, so this repeats until nothing changes.
  for (let before = -1; !report.ok && before !== only.length; ) {
    before = only.length;
    for (const candidate of [...only]) {
      const fewer = only.filter((index) => index !== candidate);
      const retried = await runEngineSeed({ ...options, only: fewer });
      if (retried.ok) continue;
      report = retried;
      only = fewer;
    }
  }
  return { report, only };
}

/**
 * The story of one seed with a workflow's text, in a database of its own; the shortest story if the
 * seed fails. The same text and seed give the same story. Throws `invalid_definition`.
 */
export async function traceSeed(seed: number, { text, format }: WorkflowText): Promise<SeedReport> {
  const workflow = readWorkflow(text, format);
  const databases = new Databases();
  try {
    return (await shrinkEngineSeed({ seed, databases, workflow })).report;
  } finally {
    databases.close();
  }
}
