import { type Ended, lastJson, reasonLine } from "./output.ts";

/** The exit codes that a disturbed database may lead to: all went well, paused, database. */
const DUE = [0, 3, 5];

/** What is wrong with how a command spoke of a trouble with its database: empty when it was one clear line and a next step. */
export function faultsOfSpeech({ exitCode, signal, stdout, stderr }: Ended): string[] {
  if (exitCode === null || !DUE.includes(exitCode))
    return [`it ended with ${signal ?? `exit code ${exitCode}`}: ${reasonLine(stderr)}`];
  const lines = stderr.trimEnd().split("\n");
  const faults: string[] = [];
  const stray = lines.find((line) => /^\s+at |[Uu]nhandled|node:internal|Warning/.test(line));
  if (stray !== undefined) faults.push(`it printed what is not for a user: ${stray.trim()}`);
  if (exitCode === 0) return faults;
  if (!/^next {3}axw /.test(lines.at(-1) ?? ""))
    faults.push(`its last line is no next command: ${lines.at(-1)}`);
  const reasons = lines.filter((line) => /^(error|why) {2}/.test(line));
  if (reasons.length !== 1) faults.push(`it gave ${reasons.length} reasons`);
  if (exitCode === 5 && !/^error {2}database_[a-z]+ {2}\S/.test(reasons[0] ?? ""))
    faults.push(`its reason names no database: ${reasons[0]}`);
  if (exitCode === 3) {
    const ending = lastJson(stdout);
    if (ending?.status !== "paused" || ending.errorCode !== "database_full")
      faults.push("it is paused for no reason that is known");
    if (!/^next {3}axw resume /.test(lines.at(-1) ?? ""))
      faults.push("it is paused and does not say how to go on");
  }
  return faults;
}
