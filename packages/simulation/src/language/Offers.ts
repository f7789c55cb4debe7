import type { Instance } from "./Instance.js";
import type { Run } from "./Run.js";
import { type Asked, requestOf } from "./requests.js";

/** An outcome of a leaf, which it takes again if its request is the same. */
export interface Offer {
  readonly outcome: Pick<
    Instance,
    | "status"
    | "result"
    | "error"
    | "reason"
    | "because"
    | "failureKind"
    | "answeredBy"
    | "session"
    | "files"
  >;
  /** The request of the leaf; absent for a pinned outcome. */
  readonly asked?: Asked;
  /**
   * Why the outcome counts for any request of the leaf: it was kept by a restore, it was
   * edited, or it is the answer to a gate that has changed what the gate shows.
   */
  readonly pinnedBy?: "restore" | "edit" | "answer";
  /** The newest attempt of the leaf then; once there is a newer one, the outcome is of no use. */
  readonly attemptNumber: number;
  /** What has checked the answer, or found out whether an attempt took effect. */
  readonly attached: readonly Instance[];
}

/** A leaf of unknown outcome, as it was. */
export interface Unsure {
  readonly leaf: Instance;
  /** What finds out whether its attempt took effect, if that has begun. */
  readonly attached: readonly Instance[];
}

/** A leaf that has begun and is not settled, as it was. */
export interface Carried {
  readonly leaf: Instance;
  readonly asked: Asked;
  readonly attached: readonly Instance[];
}

const isLeaf = ({ form, role }: Instance): boolean =>
  (form === "leaf" || form === "gate" || form === "wait") && role !== "attached";

/**
 * The outcomes to which leaves came by themselves. A run that has failed tries again what has made
 * it fail, and its handlers.
 */
export function offersOf({ tree }: Run, hasFailed: boolean): Map<string, Offer> {
  const leaves = tree.instances.filter(
    (leaf) => isLeaf(leaf) && hasOutcome(leaf, hasFailed) && !(hasFailed && isHandler(leaf.path)),
  );
  return new Map(leaves.map((leaf) => [leaf.path, offerOf(leaf, tree)]));
}

/** The outcome of a leaf. */
export function offerOf(leaf: Instance, tree: Run["tree"]): Offer {
  const { status, result, error, reason, because, failureKind } = leaf;
  const { answeredBy, session, files, attemptNumber } = leaf;
  const ending = { status, result, error, reason, because, failureKind };
  const outcome = { ...ending, answeredBy, session, files };
  return { outcome, asked: requestOf(leaf, tree), attached: attachedTo(leaf, tree), attemptNumber };
}

/** Who gave an answer, and what it has left. */
export type Left = Pick<Instance, "answeredBy" | "session" | "files">;

/** An outcome that a restore keeps; without a result, a failure that is tolerated. */
export function keptOffer(
  result: unknown,
  { answeredBy, session, files = {} }: Partial<Left>,
  attemptNumber: number,
): Offer {
  const isFailure = result === undefined;
  return {
    outcome: {
      status: isFailure ? "failed" : "completed",
      result: isFailure ? null : result,
      error: isFailure ? "kept" : null,
      reason: isFailure ? "error" : undefined,
      because: undefined,
      failureKind: undefined,
      answeredBy,
      session,
      files,
    },
    pinnedBy: "restore",
    attemptNumber,
    attached: [],
  };
}

/** The results on offer whose leaves have begun no other attempt since. */
export const waitingResults = (
  offers: ReadonlyMap<string, Offer>,
  attemptOf: (path: string) => number,
): [string, Offer][] =>
  [...offers].flatMap(([path, offer]) => {
    const { outcome, asked, attemptNumber } = offer;
    const isWaiting = outcome.status === "completed" && attemptOf(path) <= attemptNumber;
    return isWaiting && asked !== undefined && !isHandler(path)
      ? [[path, { ...offer, attached: [] }]]
      : [];
  });

export const isHandler = (path: string): boolean => path.startsWith(":");

function hasOutcome(leaf: Instance, hasFailed: boolean): boolean {
  const { status, isEntered, because, around } = leaf;
  if (status === "completed") return true;
  if (status === "skipped") return because === ":expired";
  const counts = !hasFailed || around.some(({ isTolerant }) => isTolerant);
  return status === "failed" && isEntered && counts;
}

const attachedTo = (leaf: Instance, { instances }: Run["tree"]): Instance[] =>
  instances.filter(({ role, owner }) => role === "attached" && owner === leaf);

/** The leaves that have begun, by path. */
export function carriedOf({ tree }: Run): Map<string, Carried> {
  const begun = tree.open.filter((leaf) => isLeaf(leaf) && leaf.status !== "pending");
  return new Map(
    begun.map((leaf) => {
      const asked = requestOf(leaf, tree);
      return [leaf.path, { leaf, asked, attached: attachedTo(leaf, tree) }];
    }),
  );
}

/** Those of which it is unknown, or would be if they were aborted now, whether they took effect. */
export function unknownOf({ tree }: Run): Map<string, Unsure> {
  const unknown = tree.instances.filter(({ status, def, reason }) => {
    const isInFlight = status === "running" && def.effect === "external";
    const wasCancelled = status === "cancelled" && reason === "unknown";
    return status === "unknown" || isInFlight || wasCancelled;
  });
  return new Map(
    unknown.map((leaf) => {
      // What has found out about an earlier attempt says nothing about this one.
      const all = leaf.status === "unknown" ? attachedTo(leaf, tree) : [];
      return [leaf.path, { leaf, attached: all.filter(({ status }) => status !== "cancelled") }];
    }),
  );
}
