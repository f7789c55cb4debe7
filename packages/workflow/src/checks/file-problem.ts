import { lstatSync } from "node:fs";

/** Why a file cannot be used, for an error about it. */
export interface FileProblem {
  /** The system's code: `EACCES`. */
  readonly code: string;
  /** Completes "The file x …". */
  readonly message: string;
  /** What to do next, as an instruction. */
  readonly remedy: string;
}

const PROBLEMS: Readonly<Record<string, readonly [message: string, remedy: string]>> = {
  ENOENT: ["does not exist", "Check the path."],
  EACCES: [
    "cannot be accessed: permission denied",
    "Get permission to read the file and to enter every folder on its path.",
  ],
  EPERM: [
    "cannot be accessed: operation not permitted",
    "Get permission to read the file and to enter every folder on its path.",
  ],
  EISDIR: ["is a folder", "Pass the path of a file in it."],
  ENOTDIR: [
    "cannot be found: a part of its path is not a folder",
    "Check each folder of the path.",
  ],
  ELOOP: [
    "cannot be opened: its symbolic links form a loop",
    "Replace the link with one to the file itself.",
  ],
  ENAMETOOLONG: [
    "cannot be opened: its name is longer than the system allows",
    "Use a shorter name.",
  ],
  EMFILE: ["cannot be opened: too many files are open", "Close files, or raise the limit."],
  EIO: ["cannot be read: the disk reported an error", "Check the disk, and read it again."],
};

/** Describes an error of the file system; undefined for any other error. */
export function fileProblem(error: unknown): FileProblem | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  const code = String(error.code);
  // Node itself refuses a path that contains a NUL character.
  if (code === "ERR_INVALID_ARG_VALUE")
    return {
      code,
      message: "cannot be opened: its path contains a NUL character",
      remedy: "Remove the character.",
    };
  if (!("syscall" in error)) return undefined;
  const [message, remedy] = PROBLEMS[code] ?? [
    `cannot be used: ${error.message}`,
    "Correct the cause given in the message.",
  ];
  return { code, message, remedy };
}

/**
 * Whether the path exists, which includes a link to nothing and a file that cannot be accessed:
 * opening one of these reports what is wrong, and ignoring it would not.
 */
export function pathExists(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    const code = fileProblem(error)?.code;
    return code !== "ENOENT" && code !== "ENOTDIR";
  }
}
