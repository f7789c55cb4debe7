import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  hasBadCharacter,
  type IssueList,
  type Path,
  SourceText,
  type SourceTree,
} from "@automatosx/source";
import { readBytes } from "../checks/read-text-file.js";
import {
  type FilePlace,
  type FileProblem,
  findFile,
  refuseFile,
  shown,
  whyUnreadable,
} from "./find-file.js";
import { ISSUE_KINDS } from "./issue-kinds.js";
import { mayHave } from "./may-have.js";
import { ownValue } from "./steps/own-value.js";
import { writtenLeaves } from "./steps/written-leaves.js";

/** The largest size of a task's file, in bytes. */
const MAX_TASK_FILE_BYTES = 256 * 1024;

/** The largest size of all the task files of a definition together, in bytes. */
const MAX_TASK_BYTES = 8 * 1024 * 1024;

/** The text of a task that is in a file of its own. */
export interface TaskText {
  /** The path of the file in messages. */
  readonly name: string;
  readonly source: SourceText;
}

/** The texts of tasks in files, by path as written. */
export type TaskTexts = ReadonlyMap<string, TaskText>;

type ReadOutcome = { readonly ok: true; readonly text: string } | FileProblem;

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

function readTask(file: string, place: FilePlace): ReadOutcome {
  const found = findFile(file, place, ", or write the text of the task in the workflow");
  if (!found.ok) return found;
  try {
    const { readFile } = place;
    return decode(
      file,
      readFile === undefined ? readRegularFile(found.path) : readFile(found.path),
    );
  } catch (error) {
    return refuseFile(whyUnreadable(error, file));
  }
}

function decode(file: string, bytes: Uint8Array): ReadOutcome {
  if (bytes.length > MAX_TASK_FILE_BYTES)
    return refuseFile(`${shown(file)} is larger than ${MAX_TASK_FILE_BYTES} bytes`, {
      remedy: "shorten it, or let the agent read the file itself",
    });
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refuseFile(`${shown(file)} is not UTF-8`, { remedy: "save the file as UTF-8" });
  }
  if (text === "")
    return refuseFile(`${shown(file)} is empty`, { remedy: "write the task into it" });
  if (hasBadCharacter(text))
    return refuseFile(`${shown(file)} contains a character that is not allowed`, {
      remedy: "remove control characters and unpaired surrogates from the file",
    });
  return { ok: true, text };
}

function readRegularFile(path: string): Uint8Array {
  if (!statSync(path).isFile()) throw new Error("not a regular file");
  return readBytes(path, MAX_TASK_FILE_BYTES + 1);
}
