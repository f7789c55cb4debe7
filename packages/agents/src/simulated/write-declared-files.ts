import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { AgentRequest } from "@automatosx/workflow";

/** Writes each file that an attempt must leave, with its path as the text. */
export async function writeDeclaredFiles({
  files = [],
  runDirectory,
}: AgentRequest): Promise<void> {
  if (runDirectory === undefined) return;
  for (const path of files) {
    const target = join(runDirectory, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, path);
  }
}
