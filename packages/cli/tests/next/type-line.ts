import { spawn } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { BIN, type Ended, Folder, Running } from "../harness/axw.js";
import type { Line } from "./Line.js";

const programs = mkdtempSync(join(tmpdir(), "axw-bin-"));
const program = join(programs, "axw");
writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`);
chmodSync(program, 0o755);

/** A PATH with `axw`, and without the programs of the presets. */
export const PATH = [programs, "/usr/bin", "/bin"].join(delimiter);

/** Starts a command line in a folder, as a user pastes it into a shell. */
export function paste(folder: Folder, line: string): Running {
  return new Running(
    spawn("sh", ["-c", line], {
      cwd: folder.path,
      env: { PATH, HOME: tmpdir(), TERM: "xterm" },
    }),
  );
}

/** The printed `next` command: the rest of its line, without its remark. */
export function printedLine({ stderr, stdout }: Pick<Ended, "stderr" | "stdout">): string {
  return /^next {3}(.*)$/m.exec(`${stderr}${stdout}`)?.[1] ?? "nothing";
}

/** Returns how to restore what the folder contains now: a run remembers its folder. */
export function snapshotOf(folder: Folder): () => void {
  const snapshot = new Folder();
  cpSync(folder.path, snapshot.path, { recursive: true });
  return () => {
    for (const name of readdirSync(folder.path))
      rmSync(join(folder.path, name), { recursive: true, force: true });
    cpSync(snapshot.path, folder.path, { recursive: true });
  };
}

/** What was printed, and what the printed command did. */
export interface Outcome {
  readonly typed: readonly string[];
  readonly prints: string;
  readonly exits: number | string | null;
  readonly launches: readonly string[];
}

/** Types the command of a line, then pastes what it prints. */
export async function tryLine(folder: Folder, line: Line, runId: string): Promise<Outcome> {
  const { typed, replace: [placeholder, value] = ["", ""], fix = {} } = line;
  const printed = printedLine(
    await folder.here(
      typed.map((word) => word.replace("RUN", runId)),
      { PATH },
    ),
  );
  for (const [name, text] of Object.entries(fix)) folder.write(name, text);
  const before = folder.launches().length;
  const { code, stderr } = await paste(folder, printed.replace(placeholder, value)).ended;
  return {
    typed,
    prints: printed.replace(runId, "RUN"),
    exits: code === (line.exits ?? 0) ? code : `${code}: ${stderr}`,
    launches: folder.launches().slice(before),
  };
}

/** The outcome that a line announces. */
export function expectedOutcome({ typed, prints, exits = 0, launches = [] }: Line): Outcome {
  return { typed, prints, exits, launches };
}
