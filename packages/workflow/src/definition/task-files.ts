import { realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import {
  hasBadCharacter,
  type IssueList,
  type Path,
  SourceText,
  type SourceTree,
} from "@automatosx/source";
import { fileProblem } from "../checks/file-problem.js";
import { readBytes } from "../checks/read-text-file.js";
import { messageOf, readProperty } from "../message-of.js";
import { ISSUE_KINDS } from "./issue-kinds.js";
import { mayHave } from "./may-have.js";
import type { FileReader } from "./read-definition-file.js";
import { ownValue } from "./steps/own-value.js";
import { writtenLeaves } from "./steps/written-leaves.js";

/** The largest size of a task's file, in bytes. */
const MAX_TASK_FILE_BYTES = 256 * 1024;

/** The largest size of all the task files of a definition together, in bytes. */
const MAX_TASK_BYTES = 8 * 1024 * 1024;

/** Where the files are that a workflow names. */
export interface FilePlace {
  /** The folder that their paths are relative to; absent if the workflow has no place. */
  readonly base?: string | undefined;
  /** The folder that contains all of them. */
  readonly root?: string | undefined;
  readonly readFile?: FileReader | undefined;
  /** The path of the workflow in messages. */
  readonly shownPath?: string | undefined;
}

/** The text of a task that is in a file of its own. */
export interface TaskText {
  /** The path of the file in messages. */
  readonly name: string;
  readonly source: SourceText;
}

/** The texts of tasks in files, by path as written. */
export type TaskTexts = ReadonlyMap<string, TaskText>;

interface Problem {
  readonly message: string;
  readonly remedy?: string;
}

type ReadOutcome =
  | { readonly ok: true; readonly text: string }
  | ({ readonly ok: false } & Problem);

/** Reads every file that a task names, once each, and reports those that cannot be used. */
export function readTaskFiles(
  value: unknown,
  { tree, issues }: { readonly tree: SourceTree; readonly issues: IssueList },
  place: FilePlace,
): TaskTexts {
  const texts = new Map<string, TaskText>();
  if (!mayHave({ issues }, "file")) return texts;
  const outcomes = new Map<string, ReadOutcome>();
  let size = 0;
  for (const { written, path } of writtenLeaves(value)) {
    const file = ownValue(ownValue(written, "task"), "file");
    if (typeof file !== "string" || file === "" || issues.isFull) continue;
    const outcome = outcomes.get(file) ?? readTask(file, place);
    const at: Path = [...path, "task", "file"];
    if (!outcome.ok)
      issues.add(ISSUE_KINDS.taskFile, at, tree.locate(at), outcome.message, outcome.remedy);
    else if (!outcomes.has(file)) {
      size += Buffer.byteLength(outcome.text);
      if (size > MAX_TASK_BYTES) {
        const message = `the task files have more than ${MAX_TASK_BYTES} bytes in total`;
        issues.add(ISSUE_KINDS.tooLarge, at, tree.locate(at), message);
        return texts;
      }
      const name = join(dirname(place.shownPath ?? ""), file);
      texts.set(file, { name, source: new SourceText(outcome.text) });
    }
    outcomes.set(file, outcome);
  }
  return texts;
}

/** Returns the workflow with the text of each file in the place of its path. */
export function withTaskTexts(workflow: unknown, texts: TaskTexts): unknown {
  if (texts.size === 0) return workflow;
  const on = ownValue(workflow, "on");
  return {
    ...(workflow as object),
    steps: fillSteps(ownValue(workflow, "steps"), texts),
    ...(on !== undefined && { on: fillMembers(on, ["failure", "always"], texts) }),
  };
}

/** Returns what finds the file of the task at a path. */
export function taskFilesIn(
  workflow: unknown,
  texts: TaskTexts,
): (path: Path) => TaskText | undefined {
  if (texts.size === 0) return () => undefined;
  return (path) => {
    const task = path.at(-1) === "task" ? path.reduce<unknown>(memberOf, workflow) : undefined;
    const file = ownValue(task, "file");
    return typeof file === "string" ? texts.get(file) : undefined;
  };
}

function memberOf(value: unknown, key: string | number): unknown {
  return typeof key === "number"
    ? Array.isArray(value)
      ? value[key]
      : undefined
    : ownValue(value, key);
}

/** The keys of a step that contain steps. */
const KEYS_OF_STEPS = ["steps", "check", "reconcile"];

function fillSteps(steps: unknown, texts: TaskTexts): unknown {
  return Array.isArray(steps)
    ? steps.map((step: unknown) => fillStep(step, texts))
    : fillStep(steps, texts);
}

function fillStep(step: unknown, texts: TaskTexts): unknown {
  const filled = fillMembers(step, KEYS_OF_STEPS, texts);
  const file = ownValue(ownValue(step, "task"), "file");
  const text = typeof file === "string" ? texts.get(file) : undefined;
  return text === undefined ? filled : { ...(filled as object), task: text.source.text };
}

function fillMembers(map: unknown, keys: readonly string[], texts: TaskTexts): unknown {
  const found = keys.filter((key) => ownValue(map, key) !== undefined);
  if (found.length === 0) return map;
  const filled = found.map((key) => [key, fillSteps(ownValue(map, key), texts)]);
  return { ...(map as object), ...Object.fromEntries(filled) };
}

function readTask(file: string, { base, root = base, readFile }: FilePlace): ReadOutcome {
  if (file.includes("${{"))
    return refuse(`${show(file)} contains a template, but it is read before a run starts`, {
      remedy: "write a fixed path; `${{ }}` is replaced in the text of the file",
    });
  if (base === undefined || root === undefined)
    return refuse(`${show(file)} is relative to nothing: the workflow has no folder`, {
      remedy: "pass the folder as `base`, or write the text of the task in the workflow",
    });
  if (isAbsolute(file))
    return refuse(`${show(file)} is an absolute path`, {
      remedy: "write a path relative to the workflow file",
    });
  try {
    const path = resolve(base, file);
    if (isOutside(path, resolve(root))) return refuseOutside(file);
    if (readFile !== undefined) return decode(file, readFile(path));
    // A link may lead out of the root.
    if (isOutside(realpathSync(path), realpathSync(resolve(root)))) return refuseOutside(file);
    return decode(file, readRegularFile(path));
  } catch (error) {
    return refuse(whyUnreadable(error, file));
  }
}

function isOutside(path: string, root: string): boolean {
  const way = relative(root, path);
  return way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way);
}

function refuseOutside(file: string): ReadOutcome {
  return refuse(`${show(file)} is outside the root of the workflow`, {
    remedy: "move the file into the folder of the workflow, or pass a `root` that contains both",
  });
}

function decode(file: string, bytes: Uint8Array): ReadOutcome {
  if (bytes.length > MAX_TASK_FILE_BYTES)
    return refuse(`${show(file)} is larger than ${MAX_TASK_FILE_BYTES} bytes`, {
      remedy: "shorten it, or let the agent read the file itself",
    });
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refuse(`${show(file)} is not UTF-8`, { remedy: "save the file as UTF-8" });
  }
  if (text === "") return refuse(`${show(file)} is empty`, { remedy: "write the task into it" });
  if (hasBadCharacter(text))
    return refuse(`${show(file)} contains a character that is not allowed`, {
      remedy: "remove control characters and unpaired surrogates from the file",
    });
  return { ok: true, text };
}

function readRegularFile(path: string): Uint8Array {
  if (!statSync(path).isFile()) throw new Error("not a regular file");
  return readBytes(path, MAX_TASK_FILE_BYTES + 1);
}

function whyUnreadable(error: unknown, file: string): string {
  const code = readProperty(error, "code");
  if (code === "ENOENT" || code === "ENOTDIR") return `there is no file ${show(file)}`;
  const problem = fileProblem(error);
  if (problem !== undefined) return `the file ${show(file)} ${problem.message}`;
  return `the file ${show(file)} cannot be read: ${messageOf(error)}`;
}

function refuse(message: string, details: { readonly remedy?: string } = {}): ReadOutcome {
  return { ok: false, message, ...details };
}

function show(file: string): string {
  return `\`${file.slice(0, 200)}\``;
}
