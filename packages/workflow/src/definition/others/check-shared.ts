import { posix } from "node:path";
import type { WorkflowDefinition } from "@automatosx/schemas";
import { everyStep, quoted } from "@automatosx/source";
import canonicalize from "canonicalize";
import { everyStep as everyNormalStep } from "../../every-step.js";
import type { CheckPlace } from "../check-place.js";
import { ISSUE_KINDS } from "../issue-kinds.js";
import { namedFileOf, type OtherWorkflow, otherOf } from "./OtherWorkflow.js";

/** What belongs to a run as a whole, so that an included workflow cannot have it. */
const OF_A_RUN = ["budget", "on"] as const;

/** An agent or a limit as it was first defined, and by what. */
interface Definer {
  readonly json: string;
  readonly by: string;
}

/**
 * Checks what the included workflows and the one that includes them share: agents, limits, and the
 * end of the run. `own` is the workflow itself, without what it includes.
 */
export function checkShared(
  value: unknown,
  own: Pick<WorkflowDefinition, "agents" | "limits">,
  place: CheckPlace,
): void {
  const { issues, tree, others } = place;
  if (others === undefined || others.size === 0) return;
  const shared = new SharedNames();
  shared.conflictOf(own, "this workflow");
  const seen = new Set<OtherWorkflow>();
  for (const { step, path } of everyStep(value)) {
    const other = otherOf(others, step);
    const key = namedFileOf(step)?.key;
    if (other === undefined || key !== "include") continue;
    const at = [...path, key];
    const name = posix.normalize(namedFileOf(step)?.file ?? "");
    if (issues.isFull || issues.isWrong(at)) continue;
    if (path[0] === "on" && hasStop(other)) {
      const message = `${quoted(name)} has a stop, and handlers run when the end is decided`;
      issues.add(ISSUE_KINDS.stopInHandler, at, tree.locate(at), message);
    }
    if (seen.has(other)) continue;
    seen.add(other);
    const { definition } = other;
    for (const part of OF_A_RUN)
      if (definition[part] !== undefined)
        issues.add(
          ISSUE_KINDS.badInclude,
          at,
          tree.locate(at),
          `${quoted(name)} has \`${part}\`, which belongs to a run of its own`,
          `write \`workflow: ${namedFileOf(step)?.file ?? ""}\` to run it as a run of its ` +
            "own, or " +
            `remove \`${part}\` there`,
        );
    const conflict = shared.conflictOf(definition, quoted(name));
    if (conflict !== undefined)
      issues.add(ISSUE_KINDS.conflict, at, tree.locate(at), conflict, REMEDY);
  }
}

const REMEDY = "define it the same in both, or give one of them another id";

/** The agents and limits that several workflows may define, under one id each. */
class SharedNames {
  readonly #known = new Map<string, Definer>();

  /** Adds the definitions of a workflow. Returns the first that differs from an earlier one. */
  conflictOf(
    { agents, limits }: Pick<WorkflowDefinition, "agents" | "limits">,
    by: string,
  ): string | undefined {
    let conflict: string | undefined;
    const add = (what: string, value: unknown) => {
      if (value === undefined) return;
      const json = canonicalize(value) ?? "";
      const known = this.#known.get(what);
      if (known === undefined) this.#known.set(what, { json, by });
      else if (known.json !== json) conflict ??= `${by} and ${known.by} define ${what} differently`;
    };
    for (const [id, agent] of Object.entries(agents)) add(`the agent ${quoted(id)}`, agent);
    for (const [id, { rate, scope }] of Object.entries(limits.agents)) {
      add(`the rate of the agent ${quoted(id)}`, rate);
      add(`the scope of the agent ${quoted(id)}`, scope);
    }
    return conflict;
  }
}

function hasStop({ definition }: OtherWorkflow): boolean {
  return [...everyNormalStep(definition.steps)].some(({ stop }) => stop !== undefined);
}
