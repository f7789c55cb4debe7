import { placeOf, type RunView } from "@automatosx/run-view";

/** The name of a step by itself, and what it is within the step around it. */
export interface StepLabel {
  readonly title: string;
  /** `item 3 of 12`, `round 2`, or the name again. */
  readonly place: string;
}

/** Names a step of a run: an item by its key, a round by its number. */
export function stepLabel(view: Pick<RunView, "step">, path: string): StepLabel {
  const { label, owner } = placeOf(path);
  const [, key] = /\[(.*)\]$/s.exec(label) ?? [];
  if (key !== undefined && owner !== undefined) {
    const keys = view.step(owner)?.detail?.keys ?? [];
    const index = keys.indexOf(key);
    return { title: key, place: index < 0 ? "item" : `item ${index + 1} of ${keys.length}` };
  }
  const [, round] = /#(\d+)$/.exec(label) ?? [];
  if (round !== undefined) return { title: `round ${round}`, place: `round ${round}` };
  return { title: label, place: label };
}
