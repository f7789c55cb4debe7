import { axw, type Command, commandText } from "./command.js";
import type { CliIo } from "./io.js";

/** What the help of `axw` says below its commands. */
export function epilogue({ stdout }: CliIo): string {
  const typed = (command: Command): string => commandText(command, stdout.typedAxw);
  return `
Database:   .ax/workflow.db in the current folder or the nearest folder above
            it, unless --db PATH or AXW_DB specifies another. A first run
            creates it in the current folder.
Ids:        any unique part of an id is accepted; the last six characters are
            shown. An id chosen with --run-id is shown in full, and must be
            typed in full. @last is the newest run, @2 the one before it.
Ctrl-C:     once, no new steps start, and running steps finish; twice, the
            agents are stopped. The run can be resumed after either.
Exit codes: 0 ok, 1 run failed, 2 invalid definition or usage, 3 paused,
            4 cancelled, 5 database error, 6 another process owns the run,
            130 after Ctrl-C.
Start with: ${typed(axw("validate", "FILE"))}
            ${typed(axw("plan", "FILE"))}
            ${typed(axw("run", "FILE", "--agents", "simulated"))}`;
}
