import {
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { type AppliedFix, fixDefinition } from "@automatosx/workflow";
import { readBytes } from "@automatosx/workflow/checks";
import { STDIN } from "./command.js";
import type { CliIo } from "./io.js";
import { isRegular } from "./run-place.js";
import { UsageError } from "./UsageError.js";
import { agentsFileAt, pathOf } from "./workflow-file.js";

/** The largest size of a workflow file. A larger one is not valid. */
const MAX_BYTES = 1024 * 1024;

/** What the safe fixes change in a file. */
export interface FixedFile {
  readonly applied: readonly AppliedFix[];
  readonly before: string;
  readonly after: string;
}

/**
 * Makes the safe fixes in a workflow file. Returns undefined if there are none, also for an agents
 * file, and for a file that cannot be read, which has an issue of its own.
 *
 * The file is replaced as a whole: a reader sees the text before or after the fixes. With `dryRun`,
 * nothing is written.
 *
 * @throws UsageError `invalid_argument` for standard input, and for a file that changes meanwhile
 */
export async function fixFile(
  io: CliIo,
  name: string,
  { dryRun }: { readonly dryRun: boolean },
): Promise<FixedFile | undefined> {
  if (name === STDIN)
    throw new UsageError("Standard input cannot be fixed: there is no file to write.", {
      remedy: "Pass the path of the workflow file.",
    });
  const path = pathOf(io, name);
  if (!isRegular(path) || (await agentsFileAt(io, name)) !== undefined) return undefined;
  const bytes = readBytes(path, MAX_BYTES + 1);
  const before = textOf(bytes);
  if (bytes.length > MAX_BYTES || before === undefined) return undefined;
  const { text: after, applied } = fixDefinition(before, {
    ...{ path, base: dirname(path) },
    ...formatOf(path),
  });
  if (applied.length === 0) return undefined;
  if (!dryRun) replaceFile(name, path, { bytes, after });
  return { applied, before, after };
}

/** Returns the text without its byte order mark, or undefined if it is not UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function formatOf(path: string): { readonly format?: "json" | "yaml" } {
  const extension = extname(path).toLowerCase();
  if (extension === ".json") return { format: "json" };
  return extension === ".yaml" || extension === ".yml" ? { format: "yaml" } : {};
}

const MARK = [0xef, 0xbb, 0xbf];

function replaceFile(
  name: string,
  path: string,
  { bytes, after }: { readonly bytes: Uint8Array; readonly after: string },
): void {
  // A link stays a link: the file that it leads to is replaced.
  const target = realpathSync(path);
  const part = join(dirname(target), `.${basename(target)}.axw-${process.pid}`);
  const file = openSync(part, "wx", statSync(target).mode & 0o777);
  try {
    const mark = MARK.every((byte, at) => bytes[at] === byte) ? MARK : [];
    writeWhole(file, Buffer.concat([Buffer.from(mark), Buffer.from(after)]));
    fsyncSync(file);
    closeSync(file);
    if (Buffer.compare(readBytes(target, MAX_BYTES + 1), bytes) !== 0)
      throw new UsageError(`The file ${name} changed while it was checked.`, {
        remedy: "Save it in the editor, then fix it again.",
      });
    renameSync(part, target);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

function writeWhole(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
