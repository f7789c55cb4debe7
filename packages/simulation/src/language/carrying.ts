import type { Instance } from "./Instance.js";
import type { Unsure } from "./Offers.js";
import type { Run } from "./Run.js";

/** Ranks of items that have not begun. */
export const [SETTLED, BEGUN, NOTHING] = [0, 1, 2];

/** True for a path of this place, or of what is inside. */
export const isAt = (path: string, place: string): boolean =>
  path.startsWith(place) && ["", ".", "[", "#"].includes(path[place.length] ?? "");

/** The total time of a step that continues is counted from when it began. */
export function moveDeadline(instance: Instance, earlier: Instance): void {
  if (instance.deadlineAt === undefined || earlier.deadlineAt === undefined) return;
  const { totalTimeout: before = 0 } = earlier.def;
  const { totalTimeout: now = before } = instance.def;
  instance.deadlineAt = earlier.deadlineAt + now - before;
}

/** True if everything in it that has settled has the same status as before. */
export function isUndisturbed(earlier: Instance, tree: Run["tree"]): boolean {
  return earlier.inside.every((inner) => {
    const { path, status, isSettled } = inner;
    const isSame = tree.at(path)?.status === status;
    return (isSame || status === "cancelled" || !isSettled) && isUndisturbed(inner, tree);
  });
}

/** What finds out whether they took effect begins again. */
export const withoutAttached = (
  unknown: Iterable<readonly [string, Unsure]>,
): Map<string, Unsure> =>
  new Map([...unknown].map(([path, { leaf }]) => [path, { leaf, attached: [] }]));
