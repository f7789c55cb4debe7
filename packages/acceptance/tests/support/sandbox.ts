import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";

/** Creates a temporary folder for one test, removed at the end of the test. */
export function sandbox(): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "axw-acceptance-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}
