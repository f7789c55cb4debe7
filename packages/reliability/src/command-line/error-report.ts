import { type Ended, lastJson, reasonLine } from "./output.ts";

/** Exit codes allowed with a disturbed database: success, paused, database error. */
const ALLOWED_EXIT_CODES = [0, 3, 5];

/**
 * The faults in how a command reported a database problem. Empty if it succeeded, or if it printed
 * exactly one reason and ended with a command to type next.
 */
export function errorReportFaults({ exitCode, signal, stdout, stderr }: Ended): string[] {
  if (exitCode === null || !ALLOWED_EXIT_CODES.includes(exitCode))
    return [`it ended with ${signal ?? `exit code ${exitCode}`}: ${reasonLine(stderr)}`];
  const lines = stderr.trimEnd().split("\n");
  const faults: string[] = [];
  const internal = lines.find((line) => /^\s+at |[Uu]nhandled|node:internal|Warning/.test(line));
  if (internal !== undefined)
    faults.push(`it printed an internal message to the user: ${internal.trim()}`);
  if (exitCode === 0) return faults;
  if (!/^next {3}axw /.test(lines.at(-1) ?? ""))
    faults.push(`its last line is not a next command: ${lines.at(-1)}`);
  const reasons = lines.filter((line) => /^(error|why) {2}/.test(line));
  if (reasons.length !== 1) faults.push(`it gave ${reasons.length} reasons instead of one`);
  if (exitCode === 5 && !/^error {2}database_[a-z]+ {2}\S/.test(reasons[0] ?? ""))
    faults.push(`its reason is not a database error: ${reasons[0]}`);
  if (exitCode === 3) {
    const ending = lastJson(stdout);
    if (ending?.status !== "paused" || ending.errorCode !== "database_full")
      faults.push("it exited as paused without the error code database_full");
    if (!/^next {3}axw resume /.test(lines.at(-1) ?? ""))
      faults.push("it exited as paused, but its next command is not axw resume");
  }
  return faults;
}
