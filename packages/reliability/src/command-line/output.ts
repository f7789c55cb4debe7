/** The exit status and output of a command. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The last line of `axw run --json`, which is printed when the run ends or pauses. */
export interface EndingLine {
  readonly type: string;
  readonly status?: string;
  readonly errorCode?: string;
  readonly results?: unknown;
}

/**
 * The steps whose completion a command printed. An incomplete last line does not count as reported.
 */
export function reportedSteps(stdout: string): string[] {
  return wholeLines(stdout).flatMap((line) => {
    const { type, stepId } = JSON.parse(line) as { type: string; stepId?: string };
    return type === "step_completed" && stepId !== undefined ? [stepId] : [];
  });
}

export function lastJson(stdout: string): EndingLine | undefined {
  const line = wholeLines(stdout).at(-1);
  return line === undefined ? undefined : (JSON.parse(line) as EndingLine);
}

function wholeLines(stdout: string): string[] {
  return stdout.split("\n").slice(0, -1);
}

/** The line with the reason for a failure, or else the first line. */
export function reasonLine(stderr: string): string {
  const lines = stderr.split("\n");
  return lines.find((line) => /^(error|why) {2}/.test(line)) ?? lines[0] ?? "";
}
