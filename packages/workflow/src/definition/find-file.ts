import { realpathSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { fileProblem } from "../checks/file-problem.js";
import { messageOf, readProperty } from "../message-of.js";
import type { FileReader } from "./read-definition-file.js";

/** Where the files are that a workflow names. */
export interface FilePlace {
  /** The folder that their paths are relative to; absent if the workflow has no place. */
  readonly base?: string | undefined;
  /** The folder that contains all of them. */
  readonly root?: string | undefined;
  readonly readFile?: FileReader | undefined;
  /** The path of the workflow in messages. */
  readonly shownPath?: string | undefined;
  /** The path of the file that the workflow is in, if it is in one. */
  readonly ownFile?: string | undefined;
}

/** Why a file cannot be used, and what to do. */
export interface FileProblem {
  readonly ok: false;
  readonly message: string;
  readonly remedy?: string;
}

export type FoundFile =
  | {
      readonly ok: true;
      /** Its path after links, which identifies it. */
      readonly path: string;
      /** Its path before links, which the files that it names are relative to. */
      readonly linkPath: string;
    }
  | FileProblem;

/**
 * Finds a file that a workflow names, inside the root of the workflow. `insteadOfPlace` is what to
 * do if the workflow has no folder.
 */
export function findFile(
  file: string,
  { base, root = base, readFile }: FilePlace,
  insteadOfPlace: string,
): FoundFile {
  if (file.includes("${{"))
    return refuseFile(`${shown(file)} contains a template, but it is read before a run starts`, {
      remedy: "write a fixed path; `${{ }}` is replaced in the text of the file",
    });
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(file))
    return refuseFile(`${shown(file)} is an address, and only files are read`, {
      remedy: "save a copy in the folder of the workflow, and write its path",
    });
  if (base === undefined || root === undefined)
    return refuseFile(`${shown(file)} is relative to nothing: the workflow has no folder`, {
      remedy: `pass the folder as \`base\`${insteadOfPlace}`,
    });
  if (isAbsolute(file))
    return refuseFile(`${shown(file)} is an absolute path`, {
      remedy: "write a path relative to the workflow file",
    });
  try {
    const path = resolve(base, file);
    if (isOutside(path, resolve(root))) return refuseOutside(file);
    if (readFile !== undefined) return { ok: true, path, linkPath: path };
    // A link may lead out of the root.
    const real = realpathSync(path);
    return isOutside(real, realpathSync(resolve(root)))
      ? refuseOutside(file)
      : { ok: true, path: real, linkPath: path };
  } catch (error) {
    return refuseFile(whyUnreadable(error, file));
  }
}

function isOutside(path: string, root: string): boolean {
  const way = relative(root, path);
  return way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way);
}

function refuseOutside(file: string): FileProblem {
  return refuseFile(`${shown(file)} is outside the root of the workflow`, {
    remedy: "move the file into the folder of the workflow, or pass a `root` that contains both",
  });
}

/** Why the file, as it is written, cannot be read. */
export function whyUnreadable(error: unknown, file: string): string {
  const code = readProperty(error, "code");
  if (code === "ENOENT" || code === "ENOTDIR") return `there is no file ${shown(file)}`;
  const problem = fileProblem(error);
  if (problem !== undefined) return `the file ${shown(file)} ${problem.message}`;
  return `the file ${shown(file)} cannot be read: ${messageOf(error)}`;
}

export function refuseFile(
  message: string,
  details: { readonly remedy?: string } = {},
): FileProblem {
  return { ok: false, message, ...details };
}

/** A path as it is written, for messages. */
export function shown(file: string): string {
  return `\`${file.slice(0, 200)}\``;
}
