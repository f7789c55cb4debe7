import { isOwned, type StoredRun, stepPlace } from "@automatosx/workflow/observe";
import type { Command } from "../command.js";
import { openToRead } from "../database.js";
import type { CliIo } from "../io.js";
import { next } from "../next/actions.js";
import { shortId } from "../render/short-id.js";
import { UsageError } from "../UsageError.js";
import type { AnswerOptions } from "../waiting/answer-run.js";
import type { RunToChange } from "./run-to-change.js";

/**
 * Refuses a path that leads into a child run: the change is one of that run. Its command, which
 * `command` returns for a run and a step of it, is the next one.
 *
 * @throws UsageError `invalid_argument`
 */
export async function refuseInnerPath(
  io: CliIo,
  { run, view }: RunToChange,
  word: string,
  options: AnswerOptions,
  command: (run: string, step: string) => Command,
): Promise<void> {
  if (!word.includes(".") || view.steps().some(({ id }) => id === word)) return;
  using storage = await openToRead(io, options);
  const { run: child, stepId } = stepPlace(storage, run, word);
  if (child.runId === run.runId) return;
  const [id, parentStepId] = [shortId(child.runId), child.parentStepId ?? ""];
  const isFinal = isEnded(child);
  // A completed child run is final; its result is that of the step which started it.
  throw new UsageError(
    `\`${word}\` is a step of run ${id}, which step \`${parentStepId}\` started.`,
    {
      remedy: isFinal
        ? `Run ${id} is ${child.status} and can no longer be changed. Name the step that ` +
          "started it."
        : "Change that run, and then resume this one.",
      next: next("change_other_run", "child_run", {
        command: isFinal
          ? command(shortId(child.parentRunId ?? ""), parentStepId)
          : command(id, stepId),
      }),
    },
  );
}

function isEnded(run: StoredRun): boolean {
  return run.status === "completed" || (run.status === "cancelled" && !isOwned(run));
}
