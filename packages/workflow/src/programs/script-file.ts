import { hash } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentRequest } from "../agents/AgentPort.js";
import { OWN_FOLDER } from "../run-directory/RunDirectories.js";

/** How many bytes the name of a script may have; a file system allows 255. */
const MAX_NAME_LENGTH = 200;

/**
 * Writes the script of an attempt to a file that only its owner can read, and returns its path:
 * `.axw/<step>.<attempt>` in the run's directory. The file remains with the run.
 */
export async function writeScript(
  { stepId, attemptNumber }: Pick<AgentRequest, "stepId" | "attemptNumber">,
  runDirectory: string,
  script: string,
): Promise<string> {
  const folder = join(runDirectory, OWN_FOLDER);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${fileNameOf(stepId)}.${attemptNumber}`);
  // Removed first, so that a link in its place is not followed.
  await rm(path, { force: true });
  await writeFile(path, script, { mode: 0o600, flag: "wx" });
  return path;
}

// The end of a path that is too long for a file name is replaced by its hash.
function fileNameOf(stepId: string): string {
  const name = encodeURIComponent(stepId);
  if (name.length <= MAX_NAME_LENGTH) return name;
  return `${name.slice(0, MAX_NAME_LENGTH - 17)}~${hash("sha256", stepId, "hex").slice(0, 16)}`;
}
