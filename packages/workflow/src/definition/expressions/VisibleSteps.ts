import { quoted } from "@automatosx/source";
import type { CheckPlace } from "../check-place.js";
import { type OtherWorkflows, otherOf } from "../others/OtherWorkflow.js";
import { ownValue } from "../steps/own-value.js";
import type { StepCertainty } from "../steps/StepCertainty.js";
import { isTolerant, type StepReach } from "../steps/StepReach.js";
import {
  phaseOf,
  type StepGroup,
  type StepNode,
  type StepTree,
  stepsAround,
  within,
} from "../steps/step-tree.js";
import type { ExpressionPlace } from "./expression-places.js";

/** How a step that an expression names has ended by then. */
type SettledStatus = "completed" | "failed" | "skipped" | "cancelled";

const ANY_STATUS: readonly SettledStatus[] = ["completed", "failed", "skipped", "cancelled"];

/** What `steps.ID` means at a place, or why it means nothing there. */
export type StepSight =
  | {
      readonly ok: true;
      readonly target: StepNode;
      /** The statuses that it may have there. */
      readonly statuses: readonly SettledStatus[];
    }
  | {
      readonly ok: false;
      readonly code: "AXW1304" | "AXW1305" | "AXW1312";
      readonly message: string;
      readonly remedy?: string;
      /** The edge that is missing: `step` has to wait for `target`, by a mode that is not `ok`. */
      readonly missing?: {
        readonly step: StepNode;
        readonly target: StepNode;
        readonly mode?: "done";
      };
    };

/**
 * Which steps an expression sees. A place sees the steps upstream of its own step and of the groups
 * around it; `until` and `outputs` see the inner steps as well.
 */
export class VisibleSteps {
  readonly #tree: StepTree;
  readonly #reach: StepReach;
  readonly #certainty: StepCertainty;
  readonly #nearest: (id: string, ids: Iterable<string>) => string | undefined;
  readonly #stops: readonly Stop[];
  readonly #others: OtherWorkflows;

  constructor(
    tree: StepTree,
    reach: StepReach,
    certainty: StepCertainty,
    { suggester, others = new Map() }: Pick<CheckPlace, "suggester" | "others">,
  ) {
    this.#others = others;
    this.#tree = tree;
    this.#reach = reach;
    this.#certainty = certainty;
    this.#nearest = (id, ids) => suggester.nearest(id, ids);
    this.#stops = stopsIn(tree);
  }

  /** Prepares the answer of `look`. All places are announced before the first look. */
  announce(place: ExpressionPlace, id: string): void {
    const target = this.#find(place, id);
    if (target === undefined) return;
    if (place.step === undefined)
      for (const { own } of this.#stops) if (own !== target) this.#reach.ask(own, target);
    if (place.step === undefined || isInside(place, target)) return;
    const step = within(target.group, place.step);
    if (step !== undefined && step !== target) this.#reach.ask(step, target);
  }

  /**
   * What the step with this id is at a place. Undefined if its id may be one that is unreadable.
   */
  look(place: ExpressionPlace, id: string): StepSight | undefined {
    const target = this.#find(place, id);
    if (target === undefined) return this.#tree.knowsAllIds ? this.#unknown(place, id) : undefined;
    if (isInside(place, target)) return this.#settled(place, target);
    const { step } = place;
    const own = step && within(target.group, step);
    const [phase, targetPhase] = [phaseOf(step), phaseOf(target)];
    if (phase !== targetPhase) {
      if (targetPhase !== undefined) return ofHandler(target, targetPhase);
      // All steps of the workflow are settled when handlers run.
      if (target.group === this.#tree.root) return { ok: true, target, statuses: ANY_STATUS };
      return hidden(target, undefined);
    }
    if (step === undefined || own === undefined) return hidden(target, step);
    if (own === target) return unfinished(place, target);
    if (!this.#reach.isUpstream(own, target)) return this.#notUpstream(own, target, step);
    if (!this.#reach.isSettled(own, target)) return mayStillRun(own, target);
    const statuses: readonly SettledStatus[] = this.#reach.isCompleted(own, target)
      ? ["completed"]
      : ["completed", "failed", "skipped"];
    return { ok: true, target, statuses };
  }

  /** The nearest step with an id: in the list of the place, in those around it, or elsewhere. */
  #find({ step, role }: ExpressionPlace, id: string): StepNode | undefined {
    const inner = role === "until" || role === "outputs" ? step?.inner?.byId.get(id) : undefined;
    if (inner !== undefined) return inner;
    for (const { group } of stepsAround(step)) {
      const found = group.byId.get(id);
      if (found !== undefined) return found;
    }
    return this.#tree.byId.get(id);
  }

  /** An inner step, seen by the group around it when all of them are settled. */
  #settled({ step }: ExpressionPlace, target: StepNode): StepSight {
    const mayBeCancelled = step === undefined && this.#mayBeCancelled(target);
    // Of a loop of a single step, only a round that has completed is followed by the question.
    if (target === step || (this.#certainty.isCompleted(target) && !mayBeCancelled))
      return { ok: true, target, statuses: ["completed"] };
    const statuses: SettledStatus[] = ["completed"];
    if (mayBeCancelled) statuses.push("cancelled");
    if (isTolerant(target)) statuses.push("failed");
    if (!this.#certainty.isKept(target)) statuses.push("skipped");
    return { ok: true, target, statuses };
  }

  /** Whether a stop may end the run as completed before the step has completed. */
  #mayBeCancelled(target: StepNode): boolean {
    return this.#stops.some(({ stop, own }) =>
      own === target ? stop !== target : !this.#reach.isCompleted(own, target),
    );
  }

  #unknown({ step }: ExpressionPlace, id: string): StepSight {
    const visible: string[] = [];
    for (let group: StepGroup | undefined = step?.group ?? this.#tree.root; group; ) {
      visible.push(...group.byId.keys());
      group = group.owner?.group;
    }
    visible.push(...(step?.inner?.byId.keys() ?? []));
    if (phaseOf(step) !== undefined) visible.push(...this.#tree.root.byId.keys());
    const owner = this.#includes(visible, id);
    if (owner !== undefined)
      return {
        ok: false,
        code: "AXW1312",
        message:
          `${quoted(id)} is a step of the workflow that ${quoted(owner)} includes, which is not ` +
          "seen from here",
        remedy: `refer to the outputs of that workflow: \`steps.${owner}.output.NAME\``,
      };
    const meant = this.#nearest(id, visible);
    return {
      ok: false,
      code: "AXW1304",
      message: `no step has the id ${quoted(id)}`,
      ...(meant !== undefined && { remedy: `write \`${meant}\`` }),
    };
  }

  /** The visible step that includes a workflow with a step of this id. */
  #includes(visible: readonly string[], id: string): string | undefined {
    if (this.#others.size === 0) return undefined;
    return visible.find((step) => {
      const other = otherOf(this.#others, this.#tree.byId.get(step)?.written);
      return other?.definition.steps.some((inner) => inner.id === id);
    });
  }

  #notUpstream(own: StepNode, target: StepNode, step: StepNode): StepSight {
    const name = target.id ?? "";
    const isOwn = own === step;
    const subject = isOwn
      ? "this step"
      : `${quoted(own.id ?? "its group")}, which contains this step,`;
    const refused = {
      ok: false,
      code: "AXW1305",
      message: `${subject} does not wait for ${quoted(name)}`,
    } as const;
    if (own.group.isListed)
      return {
        ...refused,
        remedy: `move \`${name}\` before \`${own.id ?? "this step"}\` in the list`,
      };
    if (this.#reach.wouldCycle(own, target))
      return { ...refused, remedy: "refer to a step that ends before this one starts" };
    const where = isOwn ? "" : ` of \`${own.id ?? "its group"}\``;
    return {
      ...refused,
      remedy: `add \`${name}\` to \`dependencies\`${where}`,
      missing: { step: own, target },
    };
  }
}

/** A step that ends the run as completed. */
interface Stop {
  readonly stop: StepNode;
  /** The workflow's own step that is the stop or contains it. */
  readonly own: StepNode;
}

function stopsIn({ groups, root }: StepTree): Stop[] {
  return groups.flatMap(({ steps }) =>
    steps.flatMap((stop) => {
      if (ownValue(ownValue(stop.written, "stop"), "as") !== "completed") return [];
      const own = within(root, stop);
      return own === undefined ? [] : [{ stop, own }];
    }),
  );
}

/** A handler: a step that runs when the workflow's own steps are settled. */
function ofHandler(target: StepNode, phase: string): StepSight {
  return {
    ok: false,
    code: "AXW1312",
    message: `${quoted(target.id ?? "")} is a handler of \`on.${phase}\`, which runs at the end`,
    remedy: "refer to a step of the workflow, or to a handler of the same list",
  };
}

/** Whether the place is evaluated when the target is settled, although it does not wait for it. */
function isInside({ role, step }: ExpressionPlace, target: StepNode): boolean {
  if (role !== "until" && role !== "outputs") return false;
  if (step === undefined)
    return target.group.owner === undefined && target.group.phase === undefined;
  return step.inner === undefined
    ? role === "until" && target === step
    : target.group === step.inner;
}

/** A step between the two may be skipped early, because of a third. */
function mayStillRun(own: StepNode, target: StepNode): StepSight {
  const name = target.id ?? "";
  return {
    ok: false,
    code: "AXW1305",
    message:
      `${quoted(name)} may still run when ${quoted(own.id ?? "this step")} starts, ` +
      "because a step between them may be skipped",
    remedy: `add \`{ ${name}: done }\` to \`dependencies\` of \`${own.id ?? "this step"}\``,
    ...(!own.group.isListed && { missing: { step: own, target, mode: "done" } }),
  };
}

/** A step inside a group that the place is not in. */
function hidden(target: StepNode, step: StepNode | undefined): StepSight {
  let outer = target.group.owner;
  while (outer && step !== undefined && within(outer.group, step) === undefined)
    outer = outer.group.owner;
  while (outer && step === undefined && outer.group.owner !== undefined) outer = outer.group.owner;
  const [id, group] = [target.id ?? "", outer?.id];
  const direct = outer !== undefined && outer === target.group.owner;
  const remedy =
    group === undefined
      ? undefined
      : direct
        ? `write \`steps.${group}.output.${id}\`, unless \`${group}\` has \`outputs\` or ` +
          `\`foreach\``
        : `refer to the output of \`${group}\``;
  return {
    ok: false,
    code: "AXW1312",
    message:
      `${quoted(id)} is a step inside ${quoted(target.group.owner?.id ?? "a group")}, which is ` +
      "not seen from here",
    ...(remedy !== undefined && { remedy }),
  };
}

/** The step itself, or a group around it. */
function unfinished({ step, role, attached }: ExpressionPlace, target: StepNode): StepSight {
  const name = quoted(target.id ?? "");
  if (target !== step)
    return {
      ok: false,
      code: "AXW1305",
      message: `this step is inside ${name}, which has no output before its inner steps end`,
      remedy: "refer to a step that ends before this one starts",
    };
  if (attached?.kind === "check")
    return {
      ok: false,
      code: "AXW1305",
      message: `the step ${name} has no result before its checks have passed`,
      remedy: "write `output`, which is the answer that is checked",
    };
  const isOutput = role === "outputs" || role === "until";
  return {
    ok: false,
    code: "AXW1305",
    message: `the step ${name} cannot use its own result`,
    remedy: isOutput ? "refer to its inner steps" : "refer to another step",
  };
}
