import type { PreparedWorkflow, StartOptions } from "@automatosx/workflow";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { printedPlace } from "../database.js";
import { driveRemote } from "../drive-remote.js";
import type { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { keptOutcomes } from "../render/kept-outcomes.js";
import { shortId } from "../render/short-id.js";
import { count } from "../render/words.js";
import type { RunOptions } from "../run-options.js";
import { pathOf } from "../workflow-file.js";
import type { RemoteBackend } from "./backend-url.js";
import { placeOfStart } from "./place-of-start.js";
import { requirePerformers } from "./require-performers.js";

interface NewRun {
  readonly remote: RemoteBackend;
  /** The workflow file as it was typed. */
  readonly name: string;
  readonly workflow: PreparedWorkflow;
  readonly start: StartOptions;
}

/** Lets workers perform a new run, or the existing run of this id, and shows it. */
export async function runRemotely(
  io: CliIo,
  { remote, name, workflow, start }: NewRun,
  options: RunOptions,
): Promise<ExitCode> {
  await requirePerformers(io, remote, { workflow, file: name }, options);
  const { id, version, steps } = workflow.definition;
  const where = printedPlace(io, options);
  return driveRemote({
    io,
    options,
    remote,
    createsDatabase: true,
    async begin(runs) {
      const { runId } = start;
      const existing = runId === undefined ? undefined : runs.control.storage.getRun(runId);
      const begun = await runs.begin(workflow, {
        ...start,
        startedFrom: placeOfStart(io, options, pathOf(io, name), undefined),
      });
      const what = `run ${shortId(begun.id)} of ${cleanLine(id)} ${cleanLine(version)}`;
      if (existing === undefined)
        return {
          runId: begun.id,
          afterSeq: 0,
          greeting: () => `${what}  ${count(steps.length, "step")}  ${where}`,
        };
      const { journalSeq, status } = existing;
      return {
        runId: begun.id,
        afterSeq: journalSeq,
        greeting: (view) =>
          `${what}  already exists, ${status} at event ${journalSeq}: ` +
          `${keptOutcomes(view)}  ${where}`,
      };
    },
  });
}
