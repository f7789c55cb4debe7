import type { Budget, UsageAmounts } from "@automatosx/rescript-core";
import type { Instance } from "./Instance.js";

/** Limits that an agent has besides its concurrency. */
export interface AgentLimit {
  readonly rate?: { readonly count: number; readonly windowMs: number };
  readonly scope?: string;
  readonly reserve?: UsageAmounts;
}

type Dimension = "usd" | "tokens";

const DIMENSIONS: readonly Dimension[] = ["usd", "tokens"];

/** What an attempt holds or has used, in micro-dollars and tokens; absent where it is not known. */
type Amounts = Readonly<Partial<Record<Dimension, number>>>;

const wholeOf = (dimension: Dimension, amount: number): number =>
  dimension === "usd" ? Math.round(amount * 1e6) : amount;

/** An attempt that was admitted. */
interface Launch {
  readonly path: string;
  readonly attemptNumber: number;
  readonly agentId: string;
  /** What is kept back for it while it is in flight. */
  readonly hold: Amounts;
  /** What it is expected to use. */
  readonly estimate: Amounts;
  readonly settled?: { readonly charge: Amounts; readonly reported: Amounts };
  /** True if it has ended and its cost is unknown. */
  readonly isUnmetered?: boolean;
}

/** What a budget says of a run. */
export interface BudgetState {
  readonly usd: number;
  readonly tokens: number;
  readonly launches: number;
  readonly unmetered: number;
}

/**
 * What the attempts of a run may use and have used. It keeps every attempt and adds them up again
 * for each question.
 */
export class Spending {
  #limits: Budget | undefined;
  readonly #agentLimits: Readonly<Record<string, AgentLimit>>;
  #launches: readonly Launch[] = [];
  /** True if an attempt has ended by itself at an unknown cost. */
  #isUnmeteredStop = false;
  busyMs = 0;
  /** True once an attempt has started, even one of a step that the run no longer has. */
  hasLaunched = false;
  /** The percentage of the limits up to which a user has let the run continue. */
  #passed = 0;

  constructor(
    limits: Budget | undefined,
    agentLimits: Readonly<Record<string, AgentLimit>>,
    from?: Spending,
  ) {
    this.#limits = limits;
    this.#agentLimits = agentLimits;
    if (from === undefined) return;
    this.#launches = from.#launches;
    this.#isUnmeteredStop = from.#isUnmeteredStop;
    this.busyMs = from.busyMs;
    this.hasLaunched = from.hasLaunched;
    this.#passed = from.#passed;
  }

  get limits(): Budget | undefined {
    return this.#limits;
  }

  /** The percentage of the limits at which something happens next, and what it is. */
  get threshold(): { readonly percent: number; readonly action: string } {
    const { at = [] } = this.#limits ?? {};
    return (
      at
        .filter(({ percent, action }) => action !== "warn" && percent > this.#passed)
        .toSorted((a, b) => a.percent - b.percent)[0] ?? { percent: 100, action: "pause" }
    );
  }

  /** Lets the run continue beyond a percentage of its limits. */
  pass(): void {
    const { percent } = this.threshold;
    if (percent >= 100) return;
    this.#passed = percent;
    this.#holdAgain();
  }

  /** True if something limits what the run may use. */
  get isLimited(): boolean {
    const { usd, tokens, launches, wallMs } = this.#limits ?? {};
    return [usd, tokens, launches, wallMs].some((limit) => limit !== undefined);
  }

  #capOf(limit: number | undefined): number {
    const { percent } = this.threshold;
    if (limit === undefined) return Number.POSITIVE_INFINITY;
    return percent === 100 ? limit : (limit * percent) / 100;
  }

  /** Changes the limits. What is in flight and may cost anything holds all that is left then. */
  change(budget: Budget): void {
    this.#limits = { ...this.#limits, ...budget };
    if (this.#limits.unmetered === "allow") this.#isUnmeteredStop = false;
    this.#passed = 0;
    this.#holdAgain();
  }

  #holdAgain(): void {
    const held = this.#launches;
    this.#launches = held.filter(({ settled }) => settled !== undefined);
    for (const launch of held) {
      if (launch.settled !== undefined) continue;
      const hold = this.#holdOf(launch.estimate, launch.path.startsWith(":"));
      this.#launches = [...this.#launches, { ...launch, hold }];
    }
  }

  /** Replaces the limits. */
  replace(budget: Budget | undefined): void {
    this.#limits = undefined;
    this.change(budget ?? {});
  }

  /** What may cost anything holds all that is left, unless nothing is held back for it. */
  #holdOf(estimate: Amounts, isFree: boolean): Amounts {
    const hold: Partial<Record<Dimension, number>> = {};
    for (const dimension of DIMENSIONS) {
      const held = estimate[dimension] ?? (isFree ? undefined : this.#leftOf(dimension));
      if (held !== undefined) hold[dimension] = held;
    }
    return hold;
  }

  clone(): Spending {
    return new Spending(this.limits, this.#agentLimits, this);
  }

  get state(): BudgetState {
    return {
      usd: this.#settledOf("usd") / 1e6,
      tokens: this.#settledOf("tokens"),
      launches: this.#launches.length,
      unmetered: this.#launches.filter(({ isUnmetered }) => isUnmetered === true).length,
    };
  }

  /** What is held back for the attempts in flight, in US dollars or tokens. */
  heldOf(dimension: Dimension): number {
    return this.#heldOf(dimension) / (dimension === "usd" ? 1e6 : 1);
  }

  /** True if the agent of a leaf may be launched now. */
  admits(leaf: Instance): boolean {
    const { limits } = this;
    if (limits === undefined || isExempt(leaf)) return true;
    if (limits.unmetered !== "allow" && this.#isUnmeteredStop) return false;
    if (this.#launches.length + 1 > Math.floor(this.#capOf(limits.launches))) return false;
    if (this.busyMs >= this.#capOf(limits.wallMs)) return false;
    return DIMENSIONS.every((dimension) => {
      const left = this.#leftOf(dimension);
      if (left === undefined) return true;
      const estimate = this.#estimateOf(leaf, dimension);
      return estimate === undefined ? left > 0 : estimate <= left;
    });
  }

  launch(leaf: Instance): void {
    this.hasLaunched = true;
    if (leaf.agentId.startsWith("@")) return;
    const estimate: Partial<Record<Dimension, number>> = {};
    for (const dimension of DIMENSIONS) {
      const expected = this.#estimateOf(leaf, dimension);
      if (expected !== undefined) estimate[dimension] = expected;
    }
    const hold = this.#holdOf(estimate, isExempt(leaf));
    const { path, attemptNumber, agentId } = leaf;
    this.#launches = [...this.#launches, { path, attemptNumber, agentId, hold, estimate }];
  }

  /** Settles an attempt that has ended; `isLost` if it did not end by itself. */
  settle(leaf: Instance, usage: UsageAmounts | undefined, isLost: boolean): void {
    this.#settle(leaf.path, leaf.attemptNumber, usage, isLost);
  }

  #settle(
    path: string,
    attemptNumber: number,
    usage: UsageAmounts | undefined,
    isLost: boolean,
  ): void {
    const launch = this.#launches.find(
      (other) => other.path === path && other.attemptNumber === attemptNumber,
    );
    if (launch === undefined || launch.settled !== undefined) return;
    const charge: Partial<Record<Dimension, number>> = {};
    const reported: Partial<Record<Dimension, number>> = {};
    let isUnmetered = false;
    for (const dimension of DIMENSIONS) {
      const used = usage?.[dimension];
      if (used !== undefined) reported[dimension] = wholeOf(dimension, used);
      const known = reported[dimension] ?? launch.estimate[dimension];
      if (known !== undefined) charge[dimension] = known;
      else if (this.limits?.[dimension] !== undefined) isUnmetered = true;
    }
    this.#launches = this.#launches.map((other) =>
      other === launch ? { ...launch, settled: { charge, reported }, isUnmetered } : other,
    );
    if (isUnmetered && !isLost && !path.startsWith(":")) this.#isUnmeteredStop = true;
  }

  /** Settles what is neither in flight any more nor has ended by itself. */
  settleLost(isRunning: (path: string, attemptNumber: number) => boolean): void {
    for (const { path, attemptNumber, settled } of this.#launches)
      if (settled === undefined && !isRunning(path, attemptNumber))
        this.#settle(path, attemptNumber, undefined, true);
  }

  #settledOf(dimension: Dimension): number {
    return sum(this.#launches.map(({ settled }) => settled?.charge[dimension] ?? 0));
  }

  #heldOf(dimension: Dimension): number {
    return sum(
      this.#launches.map(({ settled, hold }) =>
        settled === undefined ? (hold[dimension] ?? 0) : 0,
      ),
    );
  }

  /** What is left of a limit; undefined without one. */
  #leftOf(dimension: Dimension): number | undefined {
    const limit = this.limits?.[dimension];
    return limit === undefined
      ? undefined
      : Math.floor(this.#capOf(wholeOf(dimension, limit))) -
          this.#settledOf(dimension) -
          this.#heldOf(dimension);
  }

  /** What an attempt is expected to use of a limited dimension. */
  #estimateOf({ def, agentId }: Instance, dimension: Dimension): number | undefined {
    if (this.#limits?.[dimension] === undefined) return undefined;
    const reserve = def.reserve?.[dimension] ?? this.#agentLimits[agentId]?.reserve?.[dimension];
    if (reserve !== undefined) return wholeOf(dimension, reserve);
    const seen = this.#launches.flatMap(({ agentId: other, settled }) =>
      other === agentId && settled?.reported[dimension] !== undefined
        ? [settled.reported[dimension]]
        : [],
    );
    return seen.length === 0 ? undefined : Math.max(...seen);
  }
}

const sum = (amounts: readonly number[]): number => amounts.reduce((all, one) => all + one, 0);

/** Programs and the steps of handlers are not held back. */
const isExempt = (leaf: Instance): boolean =>
  leaf.agentId.startsWith("@") || leaf.path.startsWith(":");
