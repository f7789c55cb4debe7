import type { WorkflowErrorCode } from "../../packages/workflow/dist/index.js";

/** What each code of `WorkflowError` means, and what to do. The compiler sees to it that none is missing. */
export const ERROR_MEANINGS: Readonly<
  Record<WorkflowErrorCode, readonly [means: string, remedy: string]>
> = {
  invalid_definition: [
    "The workflow has errors; `issues` has all of them. Nothing was started.",
    "Mend what the issues name; `axw validate FILE` shows them with their places.",
  ],
  invalid_input: [
    "The inputs of a run do not fit what the workflow declares.",
    "Give what the message names; `axw run FILE --input NAME=VALUE`.",
  ],
  invalid_argument: [
    "A call or a command line cannot mean anything.",
    "The message says which value, and what would be valid.",
  ],
  unknown_agent: [
    "A step names an agent that no one performs. Nothing was started.",
    "Register it in code, name it under `agents:`, or in an agents file; `axw agents FILE` shows who is there.",
  ],
  run_not_found: [
    "No run has this id.",
    "`axw list` shows the runs of the database; `--db` names another one.",
  ],
  run_ambiguous: ["Several run ids contain this part.", "Give more of the id."],
  run_exists: [
    "A run with the id that was asked for was begun with another workflow, other inputs or another context.",
    "Take another id; `axw show RUN` shows the one that has it, `axw resume RUN` goes on with it.",
  ],
  run_owned_elsewhere: [
    "A living process works on the run.",
    "Look on with `axw show`, pause it there, or end that process.",
  ],
  run_not_resumable: [
    "The run is completed, cancelled, or running in this engine.",
    "Look at its results, or start the workflow again.",
  ],
  run_quarantined: [
    "The run was taken up three times after a death, and no outcome came of it: it is left alone, and the others go on.",
    "Find the cause with `axw show` and `axw doctor --verify`, then `axw resume RUN`, which begins to count anew.",
  ],
  run_failed: [
    "`execute` gave no results, because the run failed.",
    "Mend the cause; `engine.resume(runId)` tries the failed steps again.",
  ],
  run_cancelled: ["`execute` gave no results, because the run was cancelled.", "Start it again."],
  run_paused: [
    "`execute` gave no results, because the run was paused.",
    "`engine.resume(runId)` goes on.",
  ],
  event_refused: [
    "The run cannot do this in its state: pausing what is over, for example.",
    "Look at its state, and try again when it has changed.",
  ],
  lease_lost: [
    "Another engine has taken the run over, so this one may not write to it any more.",
    "Nothing is lost: follow it there. It happens to a process that was frozen longer than its lease.",
  ],
  checkpoint_not_found: [
    "No checkpoint has this id.",
    "`axw checkpoint list RUN` shows those of a run.",
  ],
  checkpoint_damaged: [
    "A checkpoint does not match its hash and was passed over.",
    "Nothing is lost: the journal has everything.",
  ],
  journal_damaged: [
    "The journal of a run does not match its hashes. It is not used, and nothing was run.",
    "Restore the database from a backup, or take out what is sound: `axw doctor --salvage NEW.db`; `axw doctor --verify` names the place.",
  ],
  database_busy: ["Another process held the database longer than the busy timeout.", "Try again."],
  database_full: [
    "The disk is full. What was told is stored; a run that was going on is paused as it is stored.",
    "Make room; `axw resume` goes on.",
  ],
  database_newer: ["A newer version made the database. It was not changed.", "Upgrade."],
  database_unusable: [
    "The file cannot be used: no rights, no SQLite file, a migration that was edited.",
    "The message says why; `axw doctor` says more.",
  ],
  engine_closed: [
    "The engine was closed while, or before, this was asked of it. Its runs can be resumed.",
    "Open another engine.",
  ],
  internal: ["A defect of the engine.", "Please report it with the message and what led to it."],
};
