import { Databases } from "./Databases.js";
import type { EngineWorldOptions } from "./EngineWorld.js";
import type { FailureRates } from "./plan-failures.js";
import { runEngineSeed, type SeedReport } from "./run-seed.js";
import { readWorkflow, type WorkflowText } from "./workflows.js";

/**
 * The shortest trace of a failure. Planned faults are left out one by one, and stay out if the seed
 * still fails without them. `only` lists the indexes of the faults that are needed.
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
 * The trace of one seed with a workflow's text, in a separate database; the shortest trace if the
 * seed fails. The same text and seed produce the same trace. Throws `invalid_definition`.
 */
export async function traceSeed(
  seed: number,
  text: WorkflowText,
  failureRates?: FailureRates,
): Promise<SeedReport> {
  const workflow = readWorkflow(text);
  const databases = new Databases();
  try {
    const rates = failureRates === undefined ? {} : { failureRates };
    return (await shrinkEngineSeed({ seed, databases, workflow, ...rates })).report;
  } finally {
    databases.close();
  }
}
