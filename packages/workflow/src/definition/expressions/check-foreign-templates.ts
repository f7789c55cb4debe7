import { type IssueKind, locateInText, type Path, quoted } from "@automatosx/source";
import { References } from "../../core/expressions.js";
import { type CheckPlace, editPlaceOf } from "../check-place.js";
import { replacePiece } from "../fixes.js";
import {
  type ForeignNames,
  type ForeignTemplate,
  foreignTemplates,
  MAY_HAVE_FOREIGN,
} from "../foreign-templates.js";
import { ISSUE_KINDS } from "../issue-kinds.js";
import { ownValue } from "../steps/own-value.js";
import { type StepNode, type StepTree, stepsAround, textOf } from "../steps/step-tree.js";
import { attachedSteps, type WrittenLeaf } from "../steps/written-leaves.js";
import { foreachOf } from "./expression-places.js";
import { nameOfItem } from "./scope-names.js";

/** Maximum number of warnings for one task. */
const MAX_ISSUES_PER_TASK = 20;

/** Warns of pieces of tasks that another system would replace with a value. */
export function checkForeignTemplates(
  { groups }: StepTree,
  names: ForeignNames,
  place: CheckPlace,
): void {
  for (const { steps } of groups)
    for (const step of steps) {
      checkTask(step, step, names, place);
      for (const attached of attachedSteps(step.written, step.path))
        checkTask(step, attached, names, place);
    }
}

function checkTask(
  step: StepNode,
  { written, path }: WrittenLeaf,
  names: ForeignNames,
  place: CheckPlace,
): void {
  const text = textOf(ownValue(written, "task"));
  if (text === undefined || !MAY_HAVE_FOREIGN.test(text)) return;
  let count = 0;
  for (const found of foreignTemplates(text, names)) {
    if (count === MAX_ISSUES_PER_TASK) break;
    count += 1;
    const template = { ...found, reference: found.reference ?? itemReference(step, found.path) };
    add(ISSUE_KINDS.foreignTemplate, { path: [...path, "task"], text }, template, place);
  }
}

type FoundTemplate = Omit<ForeignTemplate, "reference"> & {
  readonly reference: string | undefined;
};

/** A path of an item that exists at a step: `item.name`. */
function itemReference(step: StepNode, path: string): string | undefined {
  const [root = ""] = /^[A-Za-z_]\w*/.exec(path) ?? [];
  for (const at of stepsAround(step))
    if (foreachOf(at) !== undefined && nameOfItem(at) === root)
      return References.isPath(path) ? path : undefined;
  return undefined;
}

function add(
  kind: IssueKind,
  { path, text }: { readonly path: Path; readonly text: string },
  { offset, text: written, mark, reference, isStatement }: FoundTemplate,
  place: CheckPlace,
): void {
  const { issues, tree } = place;
  const node = tree.nodeAt(path);
  if (node?.kind !== "scalar") return;
  const message =
    isStatement === true
      ? `${quoted(written)} is not evaluated`
      : `${quoted(written)} is not replaced with a value`;
  const remedy =
    isStatement === true
      ? "let the agent decide, or write separate steps: tasks have no conditions and no loops"
      : reference && `write \`\${{ ${reference} }}\``;
  const piece = [offset, offset + written.length] as const;
  const span = locateInText(issues.source, node, text, mark, piece);
  const fix =
    reference === undefined
      ? undefined
      : replacePiece(editPlaceOf(place), { path, text, span: piece }, `\${{ ${reference} }}`, {
          safe: false,
        });
  issues.add(kind, path, span, message, remedy, fix);
}
