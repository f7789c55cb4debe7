import { statSync } from "node:fs";
import { extname } from "node:path";
import { IssueList, quoted, SourceText } from "@automatosx/source";
import { fileProblem } from "../checks/file-problem.js";
import { readBytes } from "../checks/read-text-file.js";
import { messageOf, readProperty } from "../message-of.js";
import { MAX_DEFINITION_BYTES } from "./definition-limits.js";
import { ISSUE_KINDS } from "./issue-kinds.js";
import type { WorkflowFormat } from "./PreparedWorkflow.js";
import { type Refused, refuseDefinition } from "./refuse-definition.js";

/** Returns the bytes of a file. Throws like `readFileSync`. */
export type FileReader = (path: string) => Uint8Array;

export type DefinitionFile =
  | {
      readonly ok: true;
      readonly text: string;
      /** Absent if the name has no extension: then the text decides. */
      readonly format: WorkflowFormat | undefined;
    }
  | Refused;

/** The place of a pipe that is already open, such as `/dev/stdin` or `<(…)` in a shell. */
const OPEN_PIPE = /^\/(?:dev|proc\/self)\/(?:stdin$|fd\/)/;

/** Returns the text of a workflow file, and its format according to the file's extension. */
export function readDefinitionFile(
  path: string,
  readFile: FileReader = readSmallFile,
): DefinitionFile {
  const format = formatOf(path);
  if (format === undefined && extname(path) !== "")
    return refuseDefinition(
      ISSUE_KINDS.unreadableFile,
      `${quoted(path)} is neither YAML nor JSON`,
      "name the file `.yaml`, `.yml` or `.json`",
    );
  try {
    const bytes = readFile(path);
    if (bytes.length > MAX_DEFINITION_BYTES) return refuseSize(bytes.length);
    const text = new TextDecoder("utf-8").decode(bytes);
    return isUtf8(bytes) ? { ok: true, text, format } : refuseEncoding(text);
  } catch (error) {
    if (error instanceof TooLarge) return refuseSize(error.size);
    return refuseDefinition(ISSUE_KINDS.unreadableFile, reasonOf(error, path));
  }
}

class TooLarge extends Error {
  readonly size: number;

  constructor(size: number) {
    super("too large");
    this.size = size;
  }
}

function readSmallFile(path: string): Uint8Array {
  const found = statSync(path);
  // The size of a device or a pipe is unknown before it is read, and a pipe that nothing has opened
  // would be waited for.
  if (!found.isFile() && !(found.isFIFO() && OPEN_PIPE.test(path))) throw new Error("not a file");
  if (found.size > MAX_DEFINITION_BYTES) throw new TooLarge(found.size);
  // The file may grow while it is read.
  return readBytes(path, MAX_DEFINITION_BYTES + 1);
}

function formatOf(path: string): WorkflowFormat | undefined {
  const extension = extname(path).toLowerCase();
  if (extension === ".json") return "json";
  return extension === ".yaml" || extension === ".yml" ? "yaml" : undefined;
}

function refuseSize(size: number): Refused {
  const message = `the file has ${size} bytes, at most ${MAX_DEFINITION_BYTES} are allowed`;
  return refuseDefinition(ISSUE_KINDS.tooLarge, message);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function refuseEncoding(text: string): Refused {
  const issues = new IssueList(new SourceText(text));
  const at = Math.max(0, text.indexOf("\ufffd"));
  const remedy = "save the file as UTF-8";
  issues.add(ISSUE_KINDS.badCharacter, [], [at, at + 1], "the file is not UTF-8", remedy);
  return { ok: false, issues: issues.all };
}

function reasonOf(error: unknown, path: string): string {
  const code = readProperty(error, "code");
  if (code === "ENOENT") return `there is no file ${quoted(path)}`;
  if (code === "EACCES") return `permission to read the file ${quoted(path)} was denied`;
  const problem = fileProblem(error);
  if (problem !== undefined) return `the file ${quoted(path)} ${problem.message}`;
  return `the file ${quoted(path)} cannot be read: ${messageOf(error)}`;
}
