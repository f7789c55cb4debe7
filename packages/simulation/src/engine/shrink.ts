import { Databases } from "./Databases.js";
import { runSeed, type SeedReport } from "./run-seed.js";
import type { WorldOptions } from "./World.js";
import { readWorkflow, type WorkflowText } from "./workflows.js";

/**
 * The shortest story of a failure: one planned fault after the other is left out, and stays out as long as the seed
 * still fails. `only` are the places, in the whole plan, of those that are needed.
 */
export async function shrink(
  options: Omit<WorldOptions, "only">,
): Promise<{ readonly report: SeedReport; readonly only: readonly number[] }> {
  let report = await runSeed(options);
  let only = report.faults.map((_, index) => index);
  // Leaving one out may make another needless that was needed before, so it is gone over until nothing changes.
  for (let before = -1; !report.ok && before !== only.length; ) {
    before = only.length;
    for (const candidate of [...only]) {
      const fewer = only.filter((index) => index !== candidate);
      const retried = await runSeed({ ...options, only: fewer });
      if (retried.ok) continue;
      report = retried;
      only = fewer;
    }
  }
  return { report, only };
}

/**
 * The story of one seed of a workflow's text, on a database of its own; of one that fails the shortest. The same text
 * and seed give the same story. `invalid_definition` when the text is no workflow.
 */
export async function traceSeed(seed: number, { text, format }: WorkflowText): Promise<SeedReport> {
  const workflow = readWorkflow(text, format);
  const databases = new Databases();
  try {
    return (await shrink({ seed, databases, workflow })).report;
  } finally {
    databases.close();
  }
}
