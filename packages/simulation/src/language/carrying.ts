import type { Instance } from "./Instance.js";
import type { Carried, Unsure } from "./Offers.js";
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

/**
 * The leaves that have begun, as they are now. One that has begun no other attempt since an earlier
 * step back is compared with what it had before it.
 */
export function withBegun(
  known: ReadonlyMap<string, Carried>,
  now: ReadonlyMap<string, Carried>,
): Map<string, Carried> {
  const others = [...now].filter(([path, { leaf }]) => {
    const had = known.get(path)?.leaf;
    const isAgain = leaf.status === "ready" && leaf.attemptNumber === had?.attemptNumber;
    return had === undefined || isFresh(had) || !isAgain;
  });
  return new Map([...known, ...others]);
}

/** Whether a leaf waits for an attempt, and no earlier one has failed. */
const isFresh = ({ status, error, failureCount }: Instance): boolean =>
  status === "ready" && error === null && failureCount === 0;
