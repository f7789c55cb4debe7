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

/** The instances of a run, by path, without those that have all of their time again. */
export const aroundOf = (
  { tree }: Run,
  without: ReadonlySet<string>,
): ReadonlyMap<string, Instance> =>
  new Map(
    tree.instances.filter(({ path }) => !without.has(path)).map((one) => [one.path, one] as const),
  );

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
export const isFresh = ({ status, error, failureCount }: Instance): boolean =>
  status === "ready" && error === null && failureCount === 0;

/** Whether a step around others had begun: one that was cancelled without anything in it had not. */
const hasBegun = (earlier: Instance | undefined): boolean =>
  earlier !== undefined &&
  earlier.status !== "pending" &&
  !(earlier.status === "cancelled" && earlier.inside.length === 0);

/**
 * A question that is cancelled at once is not asked, nothing is reconciled, and nothing begins in a
 * step around others.
 */
export function forgetCancelled(
  earlier: Run["tree"],
  tree: Run["tree"],
  without: ReadonlySet<string>,
  attemptOf: (path: string) => number,
): void {
  for (const instance of tree.instances.filter(({ status }) => status === "cancelled")) {
    instance.attemptNumber = attemptOf(instance.path);
    const isNew =
      earlier.at(instance.path) === undefined || without.has(instance.owner?.path ?? "");
    if (instance.role === "attached" && isNew) tree.remove(instance);
    if (!hasBegun(earlier.at(instance.path))) tree.removeInside(instance);
  }
}

/** A leaf that was cancelled, and still is, keeps what judged it or found out about it. */
export function keepAttached(
  earlier: Run["tree"],
  tree: Run["tree"],
  without: ReadonlySet<string>,
): void {
  for (const { path, def, names, role, owner, ...state } of earlier.instances) {
    if (role !== "attached" || owner?.status !== "cancelled" || without.has(owner.path)) continue;
    const leaf = tree.at(owner.path);
    if (leaf?.status !== "cancelled" || leaf.form !== owner.form) continue;
    const { check = [], reconcile } = leaf.def;
    const isThere = [...check.map(({ step }) => step), reconcile].some(
      (step) => step?.id === def.id,
    );
    if (isThere && tree.at(path) === undefined)
      tree.assumeAttached(leaf, undefined, [
        Object.assign(state, { path, def, names }) as Instance,
      ]);
  }
}
