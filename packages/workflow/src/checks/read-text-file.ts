import { closeSync, openSync, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { WorkflowError } from "../errors.js";
import { fileProblem } from "./file-problem.js";

/** How a text file is read. */
export interface TextFileOptions {
  /** The file in messages: `The agents file agents.yaml`. */
  readonly what: string;
  /** The largest file that is read, in bytes. */
  readonly maxBytes: number;
  /** What to do if the file is too large. */
  readonly tooLarge: string;
}

const CHUNK_BYTES = 64 * 1024;

/**
 * Reads a text file in UTF-8, without its byte order mark. At most `maxBytes` + 1 bytes are read,
 * so that a device or a pipe without an end is refused like a large file.
 *
 * @throws WorkflowError `invalid_argument` if the file cannot be read, is too large or is not UTF-8
 */
export async function readTextFile(path: string, options: TextFileOptions): Promise<string> {
  const { what, maxBytes, tooLarge } = options;
  let bytes: Uint8Array;
  try {
    const file = await open(path);
    try {
      bytes = await readUpTo(file, maxBytes + 1);
    } finally {
      await file.close();
    }
  } catch (cause) {
    const problem = fileProblem(cause);
    if (problem === undefined) throw cause;
    const { message, remedy } = problem;
    throw new WorkflowError("invalid_argument", `${what} ${message}.`, { remedy, cause });
  }
  if (bytes.length > maxBytes)
    throw new WorkflowError("invalid_argument", `${what} is larger than ${maxBytes} bytes.`, {
      remedy: tooLarge,
    });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const text = new TextDecoder("utf-8").decode(bytes);
    const line = text.slice(0, text.indexOf("\ufffd")).split("\n").length;
    throw new WorkflowError("invalid_argument", `${what} is not UTF-8 (line ${line}).`, {
      remedy: "Save the file as UTF-8.",
      cause,
    });
  }
}

async function readUpTo(file: FileHandle, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let left = most; left > 0; ) {
    const size = Math.min(left, CHUNK_BYTES);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(size), 0, size, null);
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    left -= bytesRead;
  }
  return Buffer.concat(chunks);
}

/** Like `readTextFile`, but returns the first `most` bytes, at once. Throws like `readFileSync`. */
export function readBytes(path: string, most: number): Uint8Array {
  const file = openSync(path, "r");
  try {
    const chunks: Uint8Array[] = [];
    for (let left = most; left > 0; ) {
      const chunk = Buffer.alloc(Math.min(left, CHUNK_BYTES));
      const bytesRead = readSync(file, chunk, 0, chunk.length, null);
      if (bytesRead === 0) break;
      chunks.push(chunk.subarray(0, bytesRead));
      left -= bytesRead;
    }
    return Buffer.concat(chunks);
  } finally {
    closeSync(file);
  }
}
