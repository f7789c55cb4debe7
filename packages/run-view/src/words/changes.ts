import { cleanLine } from "../text/clean-text.js";
import { shortId } from "./short-id.js";

/** How many changes are named. */
const CHANGE_LIMIT = 3;

/** The parts of a request, as they are named in a sentence. */
const PARTS: Readonly<Record<string, string>> = {
  task: "its task",
  agent: "its agent",
  with: "its `with`",
  run: "its program",
  item: "its item",
  session: "its conversation",
  output: "its output schema",
  check: "its checks",
  files: "its files",
  question: "its question",
  signal: "its signal",
  context: "the context",
};

/** How the name of a dependency or of an input begins in a change. */
const STEP = "steps.";
const INPUT = "inputs.";

/** The dependencies that a list of changes names. */
function changedSteps(changed: readonly string[]): readonly string[] {
  return changed.filter((part) => part.startsWith(STEP)).map((part) => part.slice(STEP.length));
}

/**
 * Why an earlier result no longer counts: `its task changed`, `waits for plan`, `the result of plan
 * changed`, `plan is skipped now`. `isPending`: whether a dependency is performed again, so that
 * its result is not known. `isSkipped`: whether it is skipped, and has none.
 */
export function changesText(
  changed: readonly string[],
  {
    isPending = () => false,
    isSkipped = () => false,
  }: {
    readonly isPending?: (stepId: string) => boolean;
    readonly isSkipped?: (stepId: string) => boolean;
  } = {},
): string {
  const steps = changedSteps(changed);
  const skipped = steps.filter(isSkipped);
  const waits = steps.filter((id) => !skipped.includes(id) && isPending(id));
  const explained = new Set([...skipped, ...waits].map((id) => STEP + id));
  const others = changed.filter((part) => !explained.has(part));
  return [
    ...(others.length === 0 ? [] : [`${listed(others.map(nameOf))} changed`]),
    ...(skipped.length === 0
      ? []
      : [
          `${listed(skipped.map((id) => cleanLine(id)))} ${skipped.length === 1 ? "is" : "are"} ` +
            "skipped now",
        ]),
    ...(waits.length === 0 ? [] : [`waits for ${listed(waits.map((id) => cleanLine(id)))}`]),
  ].join("; ");
}

/** Says that a step has the result of another run: `a has the result of run …`. */
export function reuseText(
  step: string,
  { runId, seq }: { readonly runId: string; readonly seq: number },
): string {
  const source = `run ${shortId(runId)} (event ${seq})`;
  return `${step} has the result of ${source}, which made the same request`;
}

function nameOf(part: string): string {
  if (part.startsWith(STEP)) return `the result of ${cleanLine(part.slice(STEP.length))}`;
  if (part.startsWith(INPUT)) return `input ${cleanLine(part.slice(INPUT.length))}`;
  return PARTS[part] ?? cleanLine(part);
}

function listed(names: readonly string[]): string {
  const more = names.length - CHANGE_LIMIT;
  const shown = more > 0 ? [...names.slice(0, CHANGE_LIMIT), `${more} more`] : names;
  return shown.length < 2
    ? shown.join("")
    : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1) ?? ""}`;
}
