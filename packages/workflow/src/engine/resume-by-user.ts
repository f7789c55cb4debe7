import { checkOptions } from "../checks/check-options.js";
import { joinParents } from "./child-runs/join-parents.js";
import type { EngineParts } from "./EngineParts.js";
import { checkId, RESUME_CHECKS } from "./engine-option-checks.js";
import type { RunHandle } from "./RunHandle.js";
import type { ResumeChanges } from "./resume-changes.js";
import { resumeRun } from "./resume-run.js";

/** Continues a run, with its child runs and the runs that wait for it. */
export async function resumeByUser(
  parts: EngineParts,
  id: string,
  changes: ResumeChanges,
): Promise<RunHandle> {
  checkId(id, "The id");
  checkOptions<ResumeChanges>("resume", changes, RESUME_CHECKS);
  parts.assertExecutes("resume");
  const run = await resumeRun(parts, id, { changes, isByUser: true });
  await joinParents(parts, run.id);
  return run;
}
