import { hash } from "node:crypto";
import { constants } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { messageOf } from "../message-of.js";
import { OWN_FOLDER } from "./RunDirectories.js";

/** A declared file of a completed step, as the journal records it. */
export interface KeptFile {
  /** Relative to the run's directory, as declared. */
  readonly path: string;
  readonly bytes: number;
  /** The SHA-256 of its bytes. */
  readonly sha256: string;
  /** The hash under which its content is stored. */
  readonly artifact: string;
}

/** The files of an attempt with their contents, or why one of them cannot be kept. */
export type CollectedFiles =
  | {
      readonly ok: true;
      readonly files: readonly KeptFile[];
      readonly artifacts: readonly { readonly sha256: string; readonly content: string }[];
    }
  | { readonly ok: false; readonly error: string };

/** How many bytes the declared files of a step may have together. */
const MAX_FILE_BYTES = 100_000_000;

/**
 * Reads the files that an attempt has declared. A file must be a regular file inside the run's
 * directory once links are followed.
 */
export async function collectFiles(
  directory: string,
  paths: readonly string[],
): Promise<CollectedFiles> {
  const files: KeptFile[] = [];
  const artifacts: { sha256: string; content: string }[] = [];
  let left = MAX_FILE_BYTES;
  for (const path of paths) {
    const read = await readFile(directory, path, left);
    if ("problem" in read)
      return { ok: false, error: `the file \`${path}\` of the run's directory ${read.problem}` };
    const { content } = read;
    left -= content.length;
    const stored = encodeFile(content);
    const artifact = hash("sha256", stored, "hex");
    files.push({ path, bytes: content.length, sha256: hash("sha256", content, "hex"), artifact });
    artifacts.push({ sha256: artifact, content: stored });
  }
  return { ok: true, files, artifacts };
}

async function readFile(
  directory: string,
  path: string,
  maxBytes: number,
): Promise<{ readonly content: Buffer } | { readonly problem: string }> {
  try {
    const real = await realpath(join(directory, path));
    const root = await realpath(directory);
    const isOwn = real.startsWith(join(root, OWN_FOLDER) + sep);
    if (!real.startsWith(root + sep) || isOwn)
      return { problem: "leads outside of it; write the file into the directory itself" };
    // A pipe would block `open`.
    if (!(await stat(real)).isFile()) return { problem: "is not a regular file" };
    const file = await open(real, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      const { size } = await file.stat();
      const content = size > maxBytes ? undefined : await file.readFile();
      if (content === undefined || content.length > maxBytes)
        return {
          problem: `is too large: the files of a step may have ${MAX_FILE_BYTES} bytes in total`,
        };
      return { content };
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isMissing = code === "ENOENT" || code === "ENOTDIR";
    return { problem: isMissing ? "does not exist" : `cannot be read: ${messageOf(error)}` };
  }
}

/**
 * Returns a file's content as JSON, in which the database stores artifacts: as text if it is valid
 * UTF-8, else in base64.
 */
function encodeFile(content: Buffer): string {
  const text = content.toString("utf8");
  const isText = Buffer.from(text).equals(content);
  return JSON.stringify(isText ? text : { base64: content.toString("base64") });
}

/** Returns the bytes of a stored file. Throws if the text is not a stored file. */
export function decodeFile(stored: string): Buffer {
  const value: unknown = JSON.parse(stored);
  if (typeof value === "string") return Buffer.from(value);
  const { base64 } = value as { readonly base64?: unknown };
  if (typeof base64 !== "string") throw new Error("the artifact is not a file");
  return Buffer.from(base64, "base64");
}

/** Returns the bytes of a declared file from its stored content. Throws if they are not the same. */
export function contentOfKept({ path, sha256 }: KeptFile, stored: string | undefined): Buffer {
  if (stored === undefined)
    throw new Error(`the stored content of the file \`${path}\` is missing`);
  const content = decodeFile(stored);
  if (hash("sha256", content, "hex") !== sha256)
    throw new Error(`the stored content of the file \`${path}\` is damaged`);
  return content;
}
