import type { IssueList, Path } from "../issues/IssueList.js";
import { asWarning, type IssueKind } from "../issues/issue-kind.js";
import { REFERENCE_ISSUES } from "../issues/reference-issues.js";
import { locateInText } from "../read/locate-in-text.js";
import type { SourceTree } from "../read/SourceTree.js";
import { MAX_DEPTH } from "../read/text-limits.js";
import { quoted } from "../text/SourceText.js";
import { everyStep } from "./every-step.js";
import { memberOf } from "./large-maps.js";

const OPEN = "${{";

/** What begins as a reference of this language, even if it is not a valid one. */
const OWN = /(?<!\$)\$\{\{\s*(?:steps|inputs|context)\b/;

interface Place {
  readonly tree: SourceTree;
  readonly issues: IssueList;
}

/**
 * Reports references outside tasks, where they are not replaced: an error in what an agent's
 * program is given, because the program would receive the braces; elsewhere a warning.
 */
export function addMisplacedReferences(value: unknown, place: Place): void {
  if (!place.issues.source.text.includes(OPEN)) return;
  addReferencesToPrograms(memberOf(value, "agents"), place);
  const others = ["name", "description", "version", "context", "inputs"].map((key) => [
    [key],
    memberOf(value, key),
  ]) as [Path, unknown][];
  for (const { step, path } of everyStep(value)) {
    for (const key of ["name", "description", "checkpoint"])
      others.push([[...path, key], memberOf(step, key)]);
    others.push([[...path, "gate", "to"], memberOf(memberOf(step, "gate"), "to")]);
  }
  for (const [path, found] of others)
    for (const text of textsIn(found, path)) addOutsideTask(text, place);
}

/** Reports references in the commands, arguments, folders and variables of agents. */
export function addReferencesToPrograms(agents: unknown, place: Place): void {
  if (!place.issues.source.text.includes(OPEN)) return;
  if (typeof agents !== "object" || agents === null) return;
  for (const [id, agent] of Object.entries(agents))
    for (const key of ["command", "args", "cwd", "env"])
      for (const text of textsIn(memberOf(agent, key), ["agents", id, key]))
        addToProgram(text, place);
}

interface FoundText {
  readonly path: Path;
  readonly text: string;
}

function* textsIn(value: unknown, path: Path): Generator<FoundText, void, undefined> {
  if (path.length > MAX_DEPTH) return;
  if (typeof value === "string") {
    if (value.includes(OPEN)) yield { path, text: value };
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* textsIn(item, [...path, index]);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* textsIn(item, [...path, key]);
  }
}

function addToProgram(found: FoundText, place: Place): void {
  const isOwn = OWN.test(found.text);
  const kind = isOwn
    ? REFERENCE_ISSUES.templateInProgram
    : asWarning(REFERENCE_ISSUES.templateInProgram);
  const reference = firstReference(found.text);
  const message = `${quoted(reference)} is passed to the program unchanged`;
  add(kind, found, reference, message, undefined, place);
}

function addOutsideTask(found: FoundText, place: Place): void {
  if (!OWN.test(found.text)) return;
  const reference = firstReference(found.text);
  const message = `${quoted(reference)} is not replaced here`;
  add(
    REFERENCE_ISSUES.foreignTemplate,
    found,
    reference,
    message,
    "write the reference in a `task`",
    place,
  );
}

function add(
  kind: IssueKind,
  { path, text }: FoundText,
  reference: string,
  message: string,
  remedy: string | undefined,
  { tree, issues }: Place,
): void {
  if (issues.isWrong(path)) return;
  const node = tree.nodeAt(path);
  const start = startOf(text);
  const span =
    node?.kind === "scalar"
      ? locateInText(issues.source, node, text, OPEN, [start, start + reference.length])
      : tree.locate(path);
  issues.add(kind, path, span, message, remedy);
}

function startOf(text: string): number {
  const own = text.search(OWN);
  return own < 0 ? text.indexOf(OPEN) : own;
}

function firstReference(text: string): string {
  const start = startOf(text);
  const end = text.indexOf("}}", start);
  return end < 0 ? text.slice(start) : text.slice(start, end + 2);
}
