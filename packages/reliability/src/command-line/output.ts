/** How a command ended, and what it said. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The last line of `axw run --json`, where the run has an ending. */
export interface EndingLine {
  readonly type: string;
  readonly status?: string;
  readonly errorCode?: string;
  readonly results?: unknown;
}

/** The steps whose completion a command has printed; a last line that was cut off was not read by anyone. */
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

export function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
