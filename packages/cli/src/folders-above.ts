import { statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";
import type { CliIo } from "./io.js";

/** What identifies a folder, and who owns it. */
export interface FolderFacts {
  /** The file system. */
  readonly dev: number;
  readonly ino: number;
  readonly uid: number;
}

/** What ends the search above a folder. */
export interface Surroundings {
  /** The user's home folder. */
  readonly home: string;
  /** The user of this process; undefined on a system without user ids. */
  readonly userId: number | undefined;
  /** Undefined for a folder that does not exist or cannot be examined. */
  readonly factsOf: (path: string) => FolderFacts | undefined;
}

/**
 * The folders above the current one that may contain its project, nearest first. The search ends
 * before the home folder, a folder of another user, and another file system: what is there belongs
 * to another project, or to another user.
 */
export function foldersAbove(start: string, surroundings: Surroundings): string[] {
  const [first, homeFacts] = [start, surroundings.home].map((path) => surroundings.factsOf(path));
  const above: string[] = [];
  if (first === undefined || isSame(first, homeFacts)) return above;
  for (let [folder, next] = [start, dirname(start)]; next !== folder; ) {
    const facts = surroundings.factsOf(next);
    const ends =
      facts === undefined ||
      facts.dev !== first.dev ||
      isSame(facts, homeFacts) ||
      isForeign(facts, surroundings);
    if (ends) break;
    above.push(next);
    [folder, next] = [next, dirname(next)];
  }
  return above;
}

/** Whether a folder belongs to another user than the one of this process. */
export function isForeign({ uid }: FolderFacts, { userId }: Surroundings): boolean {
  return userId !== undefined && uid !== userId;
}

/** The surroundings of this process. */
export function surroundingsOf({ env }: CliIo): Surroundings {
  return { home: env["HOME"] || homedir(), userId: process.geteuid?.(), factsOf: folderFacts };
}

function folderFacts(path: string): FolderFacts | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.isDirectory() === true ? found : undefined;
  } catch {
    return undefined;
  }
}

function isSame(one: FolderFacts, other: FolderFacts | undefined): boolean {
  return one.dev === other?.dev && one.ino === other.ino;
}
