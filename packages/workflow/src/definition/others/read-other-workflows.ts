import { realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { MAX_WORKFLOW_DEPTH } from "@automatosx/schemas/written";
import type { IssueKind, IssueList, SourceTree } from "@automatosx/source";
import { everyStep } from "@automatosx/source";
import type { DefinitionIssue } from "../../errors.js";
import { type FilePlace, findFile, shown } from "../find-file.js";
import { ISSUE_KINDS } from "../issue-kinds.js";
import { type DefinitionFile, readDefinitionFile } from "../read-definition-file.js";
import { findLibraryFile, isOfLibrary } from "./library-files.js";
import { namedFileOf, type OtherWorkflow, type OtherWorkflows } from "./OtherWorkflow.js";

/** The largest size of a workflow and all that it consists of, in characters. */
const MAX_SIZE = 8 * 1024 * 1024;

/** A file on the way from the workflow that is prepared to the one that is read. */
interface Visited {
  /** Identifies the file. */
  readonly key: string;
  /** Its path in messages, relative to the folder of the outermost. */
  readonly name: string;
  readonly folder: string;
}

/** What the reading of one definition has in common, however deep. */
export interface Nesting {
  /** The files on the way to the one that is read, the outermost first. */
  readonly way: readonly Visited[];
  /** The outcome of each file that has been read. */
  readonly read: Map<string, ReadOutcome>;
}

type ReadOutcome =
  | { readonly ok: true; readonly workflow: OtherWorkflow }
  | {
      readonly ok: false;
      readonly kind: IssueKind;
      readonly message: string;
      readonly remedy?: string;
    }
  /** Its issues have been reported. */
  | { readonly ok: false; readonly kind?: undefined };

/** A file to check, and where the files are that it names. */
export interface FileToCheck {
  readonly file: Extract<DefinitionFile, { ok: true }>;
  readonly place: FilePlace;
  readonly nesting: Nesting;
}

export type CheckedFile =
  | {
      readonly ok: true;
      readonly workflow: OtherWorkflow;
      readonly issues: readonly DefinitionIssue[];
    }
  | { readonly ok: false; readonly issues: readonly DefinitionIssue[] };

interface Tools {
  readonly issues: IssueList;
  readonly tree: SourceTree;
  readonly place: FilePlace;
  /** Absent for the workflow that is prepared. */
  readonly nesting?: Nesting | undefined;
  readonly check: (file: FileToCheck) => CheckedFile;
}

type NestedTools = Tools & { readonly nesting: Nesting };

export interface OthersRead {
  readonly others: OtherWorkflows;
  /** Whether a file cannot be used. */
  readonly isBroken: boolean;
  /** The steps and the characters that the included workflows add. */
  readonly stepCount: number;
  readonly size: number;
  /** How many levels of workflows are inside this one. */
  readonly height: number;
}

// Many texts have one of the words, and a workflow may have 10,000 steps. A key may be written with
// escapes.
const NAMES_FILES = /(?:include|workflow)["']?\s*:|\?\s*["']?(?:include|workflow)|\\/;

/**
 * Reads every workflow that a step includes or runs, once each, and reports those that cannot be
 * used at the step. What is wrong inside a file is reported in that file.
 */
export function readOtherWorkflows(
  value: unknown,
  { maxSteps, ownSteps }: { readonly maxSteps: number; readonly ownSteps: number },
  tools: Tools,
): OthersRead {
  const others = new Map<string, OtherWorkflow>();
  const result = { others, isBroken: false, stepCount: 0, size: 0, height: 0 };
  const { issues, tree } = tools;
  let { nesting } = tools;
  if (!NAMES_FILES.test(issues.source.text)) return result;
  for (const { step, path } of everyStep(value)) {
    const named = namedFileOf(step);
    if (named === undefined) continue;
    const at = [...path, named.key];
    const refuse = (kind: IssueKind, message: string, remedy?: string) => {
      result.isBroken = true;
      if (!issues.isFull && !issues.isWrong(at))
        issues.add(kind, at, tree.locate(at), message, remedy);
    };
    nesting ??= outermost(tools.place);
    const outcome = readOther(named.file, { ...tools, nesting });
    if (!outcome.ok) {
      if (outcome.kind === undefined) result.isBroken = true;
      else refuse(outcome.kind, outcome.message, outcome.remedy);
      continue;
    }
    const { workflow } = outcome;
    const isNew = !others.has(named.file);
    others.set(named.file, workflow);
    result.height = Math.max(result.height, workflow.height + 1);
    if (named.key === "include") result.stepCount += workflow.stepCount;
    if (named.key === "include" || isNew) result.size += workflow.size;
    if (ownSteps + result.stepCount > maxSteps) {
      const message = `with the included workflows there are more than ${maxSteps} steps`;
      refuse(ISSUE_KINDS.tooManySteps, message);
      return result;
    }
    if (result.size > MAX_SIZE) {
      const message = `the workflow and its files have more than ${MAX_SIZE} characters in total`;
      refuse(ISSUE_KINDS.tooLarge, message);
      return result;
    }
  }
  return result;
}

function readOther(file: string, tools: NestedTools): ReadOutcome {
  const { place, nesting } = tools;
  const found = isOfLibrary(file)
    ? findLibraryFile(file)
    : findFile(file, place, ` to \`prepareWorkflow\``);
  if (!found.ok) return { ...found, kind: ISSUE_KINDS.badInclude };
  const key = found.path;
  const inside: FilePlace = "place" in found ? found.place : placeOf(file, found.linkPath, place);
  const { way, read } = nesting;
  const name = nameInMessages(inside.shownPath ?? file, way[0]);
  const from = way.findIndex((visited) => visited.key === key);
  if (from >= 0)
    return refuseNesting(
      `${shown(file)} contains itself: ` +
        [...way.slice(from), { name }].map((visited) => visited.name).join(" → "),
      "remove one of these `include` or `workflow` steps",
    );
  const known = read.get(key);
  const outcome =
    known ?? (way.length > MAX_WORKFLOW_DEPTH ? TOO_DEEP : readNew({ file, key }, inside, tools));
  const isTooHigh = outcome.ok && way.length + outcome.workflow.height > MAX_WORKFLOW_DEPTH;
  if (outcome === TOO_DEEP || isTooHigh)
    return refuseNesting(
      `${isTooHigh ? "with what it contains, " : ""}${shown(file)} is more than ` +
        `${MAX_WORKFLOW_DEPTH} workflows deep: ` +
        [...way, { name }].map((visited) => visited.name).join(" → "),
      "include the innermost workflows further out",
    );
  // What is wrong in the file itself is reported once.
  if (!outcome.ok && outcome.kind === undefined) read.set(key, REPORTED);
  else read.set(key, outcome);
  return outcome;
}

/** The path of a file relative to the folder of the workflow that is prepared. */
function nameInMessages(path: string, outermost: Visited | undefined): string {
  return outermost === undefined || isOfLibrary(path) ? path : relative(outermost.folder, path);
}

const REPORTED: ReadOutcome = { ok: false };
const TOO_DEEP: ReadOutcome = { ok: false };

function refuseNesting(message: string, remedy: string): ReadOutcome {
  return { ok: false, kind: ISSUE_KINDS.includeNesting, message, remedy };
}

function placeOf(file: string, path: string, place: FilePlace): FilePlace {
  return {
    ...place,
    base: dirname(path),
    root: place.root ?? place.base,
    shownPath: join(dirname(place.shownPath ?? ""), file),
  };
}

/** Reads a file for the first time. `file` is its path as written, and `key` its real one. */
function readNew(
  { file: written, key }: { readonly file: string; readonly key: string },
  place: FilePlace,
  { nesting, check, issues }: NestedTools,
): ReadOutcome {
  const name = place.shownPath ?? written;
  const file = readDefinitionFile(key, place.readFile);
  if (!file.ok) {
    const [issue] = file.issues;
    const kind =
      issue?.code === ISSUE_KINDS.tooLarge.code ? ISSUE_KINDS.tooLarge : ISSUE_KINDS.badInclude;
    const message = (issue?.message ?? "").replaceAll(key, written);
    return { ok: false, kind, message, ...(issue?.remedy && { remedy: issue.remedy }) };
  }
  const folder = dirname(name);
  const [first] = nesting.way;
  const way = [...nesting.way, { key, name: nameInMessages(name, first), folder }];
  const checked = check({ file, place, nesting: { ...nesting, way } });
  issues.addOf(name, checked.issues);
  return checked.ok ? { ok: true, workflow: checked.workflow } : REPORTED;
}

/** How the reading of a definition begins. */
function outermost(place: FilePlace): Nesting {
  const { ownFile, shownPath = ownFile } = place;
  const name = shownPath === undefined ? "the workflow" : basename(shownPath);
  return { way: [{ key: keyOf(place), name, folder: dirname(shownPath ?? "") }], read: new Map() };
}

/** A workflow without a file is contained in no other. */
function keyOf({ ownFile, readFile }: FilePlace): string {
  if (ownFile === undefined) return "";
  if (readFile !== undefined) return resolve(ownFile);
  try {
    return realpathSync(ownFile);
  } catch {
    return resolve(ownFile);
  }
}
