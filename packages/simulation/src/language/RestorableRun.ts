import {
  aroundOf,
  BEGUN,
  forgetCancelled,
  isAt,
  isFresh,
  isUndisturbed,
  keepAttached,
  moveDeadline,
  NOTHING,
  SETTLED,
  withBegun,
  withoutAttached,
} from "./carrying.js";
import { ExpressionFailure } from "./ExpressionFailure.js";
import type { GateAnswer, Refusal } from "./gates.js";
import type { Instance } from "./Instance.js";
import type { StepTreeOptions } from "./LeafTree.js";
import {
  type Carried,
  carriedOf,
  isHandler,
  keptOffer,
  type Left,
  type Offer,
  offerOf,
  offersOf,
  type Unsure,
  unknownOf,
  waitingResults,
} from "./Offers.js";
import { Run, type RunPlan } from "./Run.js";
import {
  editableOf,
  editRefusal,
  hasPath,
  isInside,
  leavesBehind,
  leavesIn,
} from "./replanting.js";
import { type Asked, requestOf } from "./requests.js";

/** The outcomes that a restored run keeps, by path; undefined for a failure that is tolerated. */
export type Kept = ReadonlyMap<string, unknown>;

/** The new definition of a run. */
export interface Amendment {
  readonly plan: RunPlan;
  /** What names of the run stand for from now on. */
  readonly roots?: StepTreeOptions["roots"];
}

/**
 * A run that can go back. An outcome on offer is the outcome of its leaf again as soon as the leaf
 * is entered, if it is pinned or if the request of the leaf is the same; an unknown outcome stays
 * unknown; and the attempts of a path are counted on.
 */
export class RestorableRun {
  #run: Run;
  #roots: StepTreeOptions["roots"];
  /** Further options of every tree. */
  readonly #rest: StepTreeOptions;
  #offers: ReadonlyMap<string, Offer> = new Map();
  /** Leaves that had begun and have not been entered again. */
  #carried: ReadonlyMap<string, Carried> = new Map();
  /** Steps around others that had begun, while the run is being put together again. */
  #around: ReadonlyMap<string, Instance> = new Map();
  #stoppedBy: string | undefined;
  /** The run as it was, while it is being put together again. */
  #before: Run | undefined;
  /** The requests of checks and of reconcile steps, by path. */
  #askedOf: ReadonlyMap<string, string> = new Map();
  /** Leaves of unknown outcome, as they were then. */
  #unknown: ReadonlyMap<string, Unsure> = new Map();
  readonly #attempts: Map<string, number>;
  /** Who gave the newest answer of each leaf, and what it has left. */
  readonly #left: Map<string, Left>;

  constructor(
    plan: RunPlan,
    roots: StepTreeOptions["roots"],
    rest: StepTreeOptions = {},
    from?: RestorableRun,
  ) {
    this.#rest = rest;
    this.#roots = from === undefined ? roots : from.#roots;
    this.#attempts = new Map(from === undefined ? [] : from.#attempts);
    this.#left = new Map(from === undefined ? [] : from.#left);
    this.#offers = from === undefined ? this.#offers : from.#offers;
    this.#unknown = from === undefined ? this.#unknown : from.#unknown;
    this.#carried = from === undefined ? this.#carried : from.#carried;
    this.#run =
      from === undefined ? new Run(plan, this.#options()) : from.#run.clone(this.#options());
  }

  get run(): Run {
    return this.#run;
  }

  /** The outcomes on offer of leaves that have not been entered again. */
  get offers(): ReadonlyMap<string, Offer> {
    return this.#offers;
  }

  /** The paths of leaves that continue, or stay of unknown outcome, once they are entered again. */
  get begun(): readonly string[] {
    return [...this.#carried.keys(), ...this.#unknown.keys()];
  }

  /** Notes the newest attempt and answer of each path; called after every change. */
  noteAttempts(): void {
    for (const { path, attemptNumber, status, ...left } of this.#run.tree.instances) {
      const { answeredBy, session, files } = left;
      if (attemptNumber > 0) this.#attempts.set(path, attemptNumber);
      if (status === "completed") this.#left.set(path, { answeredBy, session, files });
    }
  }

  attemptOf(path: string): number {
    return this.#attempts.get(path) ?? 0;
  }

  // --- ways back

  /**
   * Goes back to these outcomes of leaves. The handlers run again, for the end that comes then. A
   * failed run that resumes keeps the results that wait on offer, too.
   */
  restore(outcomes: Kept, keepsOffers: boolean): void {
    const kept = [...outcomes].filter(([path]) => !isHandler(path));
    this.#offers = new Map([
      ...(keepsOffers ? waitingResults(this.#offers, (path) => this.attemptOf(path)) : []),
      ...kept.map(([path, result]) => [path, this.#keptOffer(path, result)] as const),
    ]);
    this.#unknown = withoutAttached([...this.#unknown, ...unknownOf(this.#run)]);
    this.#carried = new Map();
    this.#run = this.#run.restarted(this.#options());
  }

  #keptOffer(path: string, result: unknown): Offer {
    return keptOffer(result, this.#left.get(path) ?? {}, this.attemptOf(path));
  }

  /** Gives a completed leaf another result. */
  edit(
    path: string,
    attemptNumber: number,
    result: unknown,
    hasFailed: boolean,
  ): Refusal | undefined {
    const refusal = editRefusal(this.#run, path, attemptNumber, result);
    if (refusal === undefined)
      this.#replant(this.#edited(offersOf(this.#run, hasFailed), path, result), hasFailed);
    return refusal;
  }

  /** Performs leaves again and, if `isDownstream`, all that depends on them. */
  reopen(paths: readonly string[], isDownstream: boolean, hasFailed: boolean): Refusal | undefined {
    const { tree } = this.#run;
    const isUnknown = (path: string): boolean =>
      tree.at(path) === undefined && !this.#offers.has(path) && !this.#carried.has(path);
    if (paths.some(isUnknown)) return "unknown_step";
    const behind = isDownstream ? leavesBehind(tree, paths) : [];
    const chosen = [...paths, ...leavesIn(tree, paths), ...behind];
    // What is on offer may have no instance yet.
    const ahead = [...this.#offers.keys(), ...this.#carried.keys()];
    const without = new Set([...chosen, ...ahead.filter((path) => isInside(path, chosen))]);
    const offers = offersOf(this.#run, hasFailed);
    this.#replant(new Map([...offers].filter(([path]) => !without.has(path))), hasFailed, {
      without,
    });
    return undefined;
  }

  /** Changes the steps of the run, or what its names stand for. */
  amend(amendment: Amendment, hasFailed: boolean): void {
    this.#replant(offersOf(this.#run, hasFailed), hasFailed, { amendment });
  }

  /** Approves a gate, and gives the step that it shows another result. */
  approveEdited(path: string, answer: GateAnswer, edits: unknown): Refusal | undefined {
    const gate = this.#run.tree.at(path);
    const edited = gate && editableOf(this.#run.tree, gate);
    if (gate === undefined) return "unknown_step";
    if (edited === undefined || !answer.approved) return "invalid_answer";
    const refusal = editRefusal(this.#run, edited.path, edited.attemptNumber, edits);
    if (refusal !== undefined) return refusal;
    const trial = this.#run.clone({});
    const answered = trial.answer(path, gate.attemptNumber, answer);
    if (answered !== undefined) return answered;
    const approval = offersOf(trial, false).get(path);
    const offers = this.#edited(offersOf(this.#run, false), edited.path, edits);
    if (approval !== undefined) offers.set(path, { ...approval, pinnedBy: "answer" });
    this.#replant(offers, false, { answered: path });
    return undefined;
  }

  #edited(offers: Map<string, Offer>, path: string, result: unknown): Map<string, Offer> {
    const { tree } = this.#run;
    const leaf = tree.at(path);
    if (leaf === undefined) return offers;
    // Of a failed run, handlers have no other outcomes.
    const offer = offerOf(leaf, tree);
    offers.set(path, { ...offer, outcome: { ...offer.outcome, result }, pinnedBy: "edit" });
    return offers;
  }

  #replant(
    offers: ReadonlyMap<string, Offer>,
    hasFailed: boolean,
    {
      without = new Set(),
      amendment,
      answered,
    }: {
      readonly without?: ReadonlySet<string>;
      readonly amendment?: Amendment;
      /** The gate that is answered by this step back. */
      readonly answered?: string;
    } = {},
  ): void {
    this.noteAttempts();
    const earlier = this.#run;
    const isWanted = (path: string): boolean =>
      !without.has(path) && !(hasFailed && isHandler(path));
    const waiting = [...this.#offers].filter(
      ([path, { attemptNumber, pinnedBy }]) =>
        isWanted(path) &&
        this.attemptOf(path) <= attemptNumber &&
        !(pinnedBy === "restore" && amendment !== undefined),
    );
    const known = new Map(waiting);
    // What a step came to before is what it is compared with, until it has come to something else.
    for (const [path, offer] of offers)
      if (offer.outcome.status === "completed" || known.get(path)?.asked === undefined)
        known.set(path, offer);
    this.#offers = known;
    const begun = withBegun(this.#carried, carriedOf(earlier));
    this.#carried = new Map([...begun].filter(([path]) => isWanted(path) && path !== answered));
    if (!hasFailed) this.#around = aroundOf(earlier, without);
    this.#unknown = new Map([...this.#unknown, ...unknownOf(earlier)]);
    const attached = earlier.tree.open.filter(({ role }) => role === "attached");
    this.#askedOf = new Map(attached.map((one) => [one.path, requestOf(one, earlier.tree).text]));
    this.#stoppedBy = earlier.tree.stopped?.by;
    if (amendment?.roots !== undefined) this.#roots = { ...this.#roots, ...amendment.roots };
    this.#run = earlier.replanted(amendment?.plan ?? earlier.plan, this.#options());
    this.#before = earlier;
    const { tree } = this.#run;
    tree.defersStops = true;
    tree.defersSignals = true;
    this.#run.draw(false);
    this.#expireAgain(without);
    // What has ended a wait before ends it again, so it takes no signal that has come since.
    this.#run.draw(false);
    tree.takeSignals();
    this.#run.settle(false);
    tree.defersStops = false;
    forgetCancelled(earlier.tree, tree, without, (path) => this.attemptOf(path));
    if (!hasFailed) keepAttached(earlier.tree, tree, without);
    this.#keepCarried();
    this.#around = new Map();
    this.#before = undefined;
  }

  /** What waits for steps before it may continue later, but for what an agent works on. */
  #keepCarried(): void {
    // Handlers that have not been entered run for the end that comes then.
    const { plan, tree } = this.#run;
    const isEntered = (path: string): boolean =>
      tree.stepsOf(path.startsWith(":failure") ? "failure" : "always") !== undefined;
    const isThere = ([path]: readonly [string, unknown]): boolean =>
      hasPath(plan, path) && (!isHandler(path) || isEntered(path));
    this.#offers = new Map(
      [...this.#offers]
        .filter(isThere)
        .map(([path, offer]) => [path, { ...offer, attached: [] }] as const),
    );
    this.#unknown = withoutAttached([...this.#unknown].filter(isThere));
    this.#carried = new Map(
      [...this.#carried].flatMap(([path, carried]) => {
        const { leaf } = carried;
        // A fresh leaf has used none of its time.
        if (leaf.status === "running" || leaf.status === "unknown" || isFresh(leaf)) return [];
        if (!hasPath(this.#run.plan, path) || isHandler(path)) return [];
        // A check that was being made is made again.
        return [[path, { ...carried, attached: [] }] as const];
      }),
    );
  }

  // --- what is entered

  #options(): StepTreeOptions {
    return {
      ...this.#rest,
      ...(this.#roots !== undefined && { roots: this.#roots }),
      onReady: (leaf) => this.#take(leaf),
      onOpen: (around) => this.#assumeInstants(around),
      stoppedBy: () => this.#stoppedBy,
      rankOf: (item) => this.#rankOf(item),
      dueOf: (loop) => this.#dueOf(loop),
      isKnown: (round) => this.#isKnown(round),
    };
  }

  /**
   * Items that were settled and stay so begin first, then those that had begun, so that what is in
   * flight is not displaced.
   */
  #rankOf(item: Instance): number {
    const earlier = this.#before?.tree.at(item.path);
    if (this.#before === undefined) return this.#rankOfKnown(item.path);
    if (earlier === undefined || earlier.status === "pending") return NOTHING;
    const { status, attemptNumber, inside, form } = earlier;
    if (status === "cancelled" && attemptNumber === 0 && inside.length === 0) return NOTHING;
    if (!earlier.isSettled) return BEGUN;
    const isGroup = form === "group" || item.form === "group";
    return isGroup || this.#mayTake(item) ? SETTLED : NOTHING;
  }

  #rankOfKnown(path: string): number {
    const isInside = (other: string): boolean => isAt(other, path);
    if ([...this.#unknown.keys(), ...this.#carried.keys()].some(isInside)) return BEGUN;
    return [...this.#offers.keys()].some(isInside) ? SETTLED : NOTHING;
  }

  #mayTake(leaf: Instance): boolean {
    const offer = this.#offers.get(leaf.path);
    if (offer === undefined || offer.pinnedBy !== undefined) return offer !== undefined;
    const { tree } = this.#run;
    const probe = leaf.copy((other) => other);
    try {
      if (probe.form === "leaf") probe.firstAgentId = tree.agentOf(leaf);
    } catch (error) {
      if (!(error instanceof ExpressionFailure)) throw error;
      return false;
    }
    const { text, isWhole } = requestOf(probe, tree);
    return offer.asked?.text === text && (isWhole || offer.outcome.status !== "completed");
  }

  /** True if the run knows something of a leaf here, or of one inside. */
  #isKnown(place: string): boolean {
    const known = [...this.#offers.keys(), ...this.#unknown.keys(), ...this.#carried.keys()];
    return known.some((path) => isAt(path, place));
  }

  #assumeInstants(around: Instance): void {
    const earlier = this.#around.get(around.path);
    if (earlier?.status !== "open" || earlier.form !== around.form) return;
    if (around.form !== "foreach" && around.form !== "loop" && around.form !== "group") return;
    around.openedAt = earlier.openedAt;
    moveDeadline(around, earlier);
  }

  /** What has taken too long does so again, if nothing that was settled in it has changed. */
  #expireAgain(without: ReadonlySet<string>): void {
    const overdue = [...this.#around.values()].filter(
      ({ status, reason, form }) => status === "failed" && reason === "timeout" && form !== "leaf",
    );
    const { tree } = this.#run;
    for (const earlier of overdue.toSorted((a, b) => a.expiredAt - b.expiredAt)) {
      const around = tree.at(earlier.path);
      const isSame =
        around?.status === "open" &&
        around.form === earlier.form &&
        around.def.totalTimeout === earlier.def.totalTimeout &&
        !without.has(earlier.path) &&
        isUndisturbed(earlier, tree);
      if (isSame) tree.expire(around);
    }
  }

  #dueOf(loop: Instance): number | undefined {
    const { dueAt = 0, inside = [], def } = this.#around.get(loop.path) ?? {};
    if (dueAt === 0 || inside.length !== loop.inside.length) return undefined;
    return dueAt + (loop.def.loop?.everyMs ?? 0) - (def?.loop?.everyMs ?? 0);
  }

  #take(leaf: Instance): void {
    leaf.attemptNumber = Math.max(leaf.attemptNumber, this.attemptOf(leaf.path));
    const begun = this.#carried.get(leaf.path);
    // Once another attempt has begun, what had begun before it is of no use.
    const isNewest = begun?.leaf.attemptNumber === leaf.attemptNumber;
    const carried = isNewest ? begun : undefined;
    const unknown = this.#unknown.get(leaf.path);
    if (carried === undefined && unknown === undefined && !this.#offers.has(leaf.path)) return;
    const asked = requestOf(leaf, this.#run.tree);
    const isSame = carried?.asked.text === asked.text;
    if (carried !== undefined && carried.leaf.status !== "unknown" && isSame)
      this.#takeCarried(leaf, carried);
    else if (unknown !== undefined) this.#takeUnknown(leaf, unknown);
    else this.#takeOffer(leaf, asked);
  }

  #takeCarried(leaf: Instance, { leaf: earlier, attached }: Carried): void {
    this.#forgetUnknown(leaf.path);
    const carried = new Map(this.#carried);
    carried.delete(leaf.path);
    this.#carried = carried;
    const { path, def, role, owner, names, deadlineAt, dueAt, ...state } = earlier;
    const { dependencies, openedAt } = leaf;
    Object.assign(leaf, state, { dependencies, attached: undefined, isCarried: true });
    moveDeadline(leaf, earlier);
    // What is limited by a duration is limited from when it began.
    const isInstant = leaf.def.wait?.until !== undefined;
    if (leaf.form === "leaf") leaf.dueAt = dueAt;
    else if (leaf.dueAt > 0 && !isInstant) leaf.dueAt += earlier.openedAt - openedAt;
    this.#assumeAttached(leaf, earlier, attached);
  }

  #takeOffer(leaf: Instance, { text, isWhole }: Asked): void {
    const offer = this.#offers.get(leaf.path);
    if (offer === undefined || offer.attemptNumber < leaf.attemptNumber) return;
    // What cannot be asked cannot have been answered.
    const isSame = offer.asked?.text === text && (isWhole || offer.outcome.status !== "completed");
    if (offer.pinnedBy === undefined && !isSame) return;
    const offers = new Map(this.#offers);
    offers.delete(leaf.path);
    this.#offers = offers;
    Object.assign(leaf, offer.outcome);
    this.#run.tree.assumeAttached(leaf, undefined, offer.attached);
  }

  #takeUnknown(leaf: Instance, { leaf: earlier, attached }: Unsure): void {
    const { deadlineAt, failureCount, agentFailures, agentIndex, agentId, reaskCount } = earlier;
    Object.assign(leaf, { failureCount, agentFailures, agentIndex, agentId, reaskCount });
    if (leaf.def.totalTimeout === undefined) leaf.deadlineAt = undefined;
    else if (deadlineAt !== undefined) moveDeadline(leaf, earlier);
    this.#forgetUnknown(leaf.path);
    const { tree } = this.#run;
    const hasBegun = attached.some(({ def }) => def.id === earlier.def.reconcile?.id);
    tree.leaveUnknown(leaf, "restored", { reconciles: !hasBegun });
    this.#assumeAttached(leaf, earlier, attached);
  }

  #assumeAttached(leaf: Instance, earlier: Instance, attached: readonly Instance[]): void {
    const { tree } = this.#run;
    tree.assumeAttached(
      leaf,
      earlier,
      attached,
      (copy) => this.#askedOf.get(copy.path) === requestOf(copy, tree).text,
    );
  }

  #forgetUnknown(path: string): void {
    this.#unknown = new Map([...this.#unknown].filter(([other]) => other !== path));
  }
}
