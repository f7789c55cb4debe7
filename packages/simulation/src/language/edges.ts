import type { Instance } from "./Instance.js";

export type Verdict =
  | { readonly kind: "wait" }
  | { readonly kind: "enter" }
  | { readonly kind: "skip"; readonly because: string };

type Mode = "ok" | "done" | "ok-or-skipped" | "listed";

const modeOf = ({ def }: Instance, id: string): Mode =>
  (def.joins !== undefined && Object.hasOwn(def.joins, id) ? def.joins[id] : undefined) ?? "ok";

/** Does a settled step satisfy an edge of this mode? */
function isSatisfied(mode: Mode, { status, isTolerated, because }: Instance): boolean {
  if (status === "completed" || isTolerated) return true;
  if (status === "failed") return mode === "done";
  if (status !== "skipped") return false;
  const isOfItself = because === ":condition" || because === ":expired";
  return mode === "done" || mode === "ok-or-skipped" || (mode === "listed" && isOfItself);
}

/** What becomes of a pending step, given the steps that it depends on. */
export function judgeEdges(step: Instance, dependencies: readonly Instance[]): Verdict {
  const edges = dependencies.map((on) => ({ on, mode: modeOf(step, on.def.id) }));
  const broken = edges.find(({ on, mode }) => on.isSettled && !isSatisfied(mode, on));
  if (broken !== undefined) return { kind: "skip", because: broken.on.path };
  if (step.def.join === "any") {
    const choices = edges.filter(({ mode }) => mode !== "ok");
    const isHopeless =
      choices.every(({ on }) => on.isSettled) &&
      !choices.some(({ on }) => on.status === "completed");
    if (isHopeless) return { kind: "skip", because: choices[0]?.on.path ?? "" };
  }
  return { kind: edges.every(({ on }) => on.isSettled) ? "enter" : "wait" };
}
