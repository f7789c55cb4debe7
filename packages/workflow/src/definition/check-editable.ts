import { type Path, quoted } from "@automatosx/source";
import type { CheckPlace } from "./check-place.js";
import { ISSUE_KINDS } from "./issue-kinds.js";
import { mayHave } from "./may-have.js";
import { ownValue } from "./steps/own-value.js";
import { type StepNode, type StepTree, stepsAround } from "./steps/step-tree.js";

/** The output of a step, and nothing inside it. */
const OUTPUT = /^(?:\$\{\{)?\s*steps\.([A-Za-z][\w-]*)\.output\s*(?:\}\})?$/u;

/** The result of a step, with something behind it. */
const PART = /^(?:\$\{\{)?\s*steps\.([A-Za-z][\w-]*)\b/u;

interface Problem {
  readonly message: string;
  readonly remedy?: string;
}

/** Checks that `editable` of each gate names the result of a step that has one result. */
export function checkEditable({ groups }: StepTree, { issues, tree }: CheckPlace): void {
  if (!mayHave({ issues }, "editable")) return;
  for (const { steps } of groups)
    for (const step of steps) {
      const text = ownValue(ownValue(step.written, "gate"), "editable");
      const path: Path = [...step.path, "gate", "editable"];
      if (typeof text !== "string" || text === "" || issues.isWrong(path)) continue;
      const problem = problemOf(step, text.trim());
      if (problem === undefined) continue;
      const { message, remedy } = problem;
      issues.add(ISSUE_KINDS.notEditable, path, tree.locate(path), message, remedy);
    }
}

function problemOf(step: StepNode, text: string): Problem | undefined {
  const [, name] = OUTPUT.exec(text) ?? [];
  if (name === undefined) {
    const [, meant] = PART.exec(text) ?? [];
    const id = meant ?? [...step.group.byId.keys()].find((each) => each === text);
    return {
      message: `${quoted(text)} is not the whole result of a step`,
      ...(id !== undefined && { remedy: `write \`steps.${id}.output\`` }),
    };
  }
  const source = find(step, name);
  // An unknown step is reported where the expression is checked.
  const kind = source && severalResults(source);
  return kind === undefined
    ? undefined
    : { message: `${quoted(name)} is ${kind}, whose result is built from the results inside it` };
}

/** The step with this id in the list of the step, or in one around it. */
function find(step: StepNode, id: string): StepNode | undefined {
  for (const { group } of stepsAround(step)) {
    const found = group.byId.get(id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Names the kind of a step whose result cannot be replaced; undefined for other steps. */
function severalResults({ written, inner }: StepNode): string | undefined {
  const has = (key: string): boolean => ownValue(written, key) !== undefined;
  if (has("foreach")) return "a fan-out";
  if (has("loop")) return "a loop";
  if (has("include")) return "an included workflow";
  return inner !== undefined || has("steps") ? "a group" : undefined;
}
