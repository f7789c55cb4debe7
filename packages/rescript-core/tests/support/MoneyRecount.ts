import {
  type AgentLimit,
  type Budget,
  Context,
  Machine,
  type RunPolicy,
  RunQueries,
  type StepInfo,
  type UsageAmounts,
  type WorkflowMachine,
} from "../../src/index.js";
import { type Accepted, startedBy, stepIn, stepsOf } from "./laws.js";

interface Hold {
  readonly agentId: string;
  readonly known: UsageAmounts;
  readonly usd: number;
  readonly tokens: number;
}

const SCALE = { usd: 1_000_000, tokens: 1 };
const DIMENSIONS = ["usd", "tokens"] as const;
type Dimension = (typeof DIMENSIONS)[number];

/** Counts what a run used from its events alone, in the plainest way, and notes what is wrong. */
export class MoneyRecount {
  readonly problems: string[] = [];
  readonly #agents: Readonly<Record<string, AgentLimit>>;
  #limits: Budget;
  #passed = 0;
  #settled = { usd: 0, tokens: 0 };
  #launches = 0;
  #wallMs = 0;
  #estimated = 0;
  #unmetered = 0;
  #isBlind = false;
  readonly #holds = new Map<string, Hold>();
  readonly #learned = new Map<string, { usd?: number; tokens?: number }>();
  readonly #parks = new Map<string, { until: number; count: number }>();
  readonly #joined = new Map<string, Set<string>>();
  readonly #starts = new Map<string, number[]>();

  constructor({ budget = {}, agentLimits = {} }: RunPolicy) {
    this.#limits = budget;
    this.#agents = agentLimits;
  }

  get isLimited(): boolean {
    const { usd, tokens, launches, wallMs } = this.#limits;
    return [usd, tokens, launches, wallMs].some((limit) => limit !== undefined);
  }

  /** What `RunQueries.budget` has to say. */
  get report(): object {
    const reserved = { usd: 0, tokens: 0 };
    for (const hold of this.#holds.values())
      for (const dimension of DIMENSIONS) reserved[dimension] += hold[dimension];
    return {
      settled: {
        usd: this.#settled.usd / SCALE.usd,
        tokens: this.#settled.tokens,
        launches: this.#launches,
        wallMs: this.#wallMs,
      },
      reserved: { usd: reserved.usd / SCALE.usd, tokens: reserved.tokens },
      estimated: this.#estimated,
      unmetered: this.#unmetered,
    };
  }

  follow(visit: Accepted): void {
    const { before, after, event } = visit;
    const [from, now] = [before, after].map((machine) => Context.now(Machine.context(machine)));
    const wasBusy = RunQueries.inFlightCount(before) > 0;
    const isLost = event.type === "step_failed" && event.reason === "interrupted";
    if (wasBusy && this.isLimited && !isLost) this.#wallMs += (now ?? 0) - (from ?? 0);

    if (event.type === "step_completed" || event.type === "step_failed")
      this.#end(before, event, now ?? 0);
    if (event.type === "budget_changed") this.#change(event.budget, after);
    if (event.type === "resume_workflow" && RunQueries.pausedFor(before) === "budget")
      if (this.#isHeldByLimits(before, now ?? 0)) this.#pass(after);
    for (const id of startedBy(visit)) this.#start(after, id, now ?? 0);
    this.#abort(after, event.type === "restore_checkpoint");
  }

  /** What holds the launch of a step back. */
  heldBy(step: StepInfo, now: number): string | undefined {
    if (!isLaunch(step)) return undefined;
    if (this.#freeAt(step.agentId) > now) return "quota";
    if (this.#isBlind) return "unmetered";
    if (this.#launches + 1 > this.#cap(this.#limits.launches, 1)) return "launches";
    if (this.#wallMs >= this.#cap(this.#limits.wallMs, undefined)) return "wall";
    return DIMENSIONS.find((dimension) => {
      const cap = this.#cap(this.#limits[dimension], SCALE[dimension]);
      const hold = this.#holdFor(step.agentId, this.#known(step));
      const isUnknown = hold.known[dimension] === undefined;
      return (
        cap < Number.POSITIVE_INFINITY &&
        (this.#used(dimension) + hold[dimension] > cap || (isUnknown && hold[dimension] === 0))
      );
    });
  }

  #start(after: WorkflowMachine, id: string, now: number): void {
    const step = stepIn(after, id);
    if (step === undefined) return;
    const held = this.heldBy(step, now);
    if (held !== undefined) this.problems.push(`${id} started at ${now}, held back by ${held}`);
    const { rate } = this.#agents[step.agentId] ?? {};
    if (rate !== undefined) {
      const starts = [...(this.#starts.get(step.agentId) ?? []), now];
      this.#starts.set(step.agentId, starts);
      const inWindow = starts.filter((at) => at > now - rate.windowMs).length;
      if (inWindow > rate.count) this.problems.push(`${inWindow} starts of ${step.agentId}`);
    }
    if (!isLaunch(step)) return;
    this.#launches += 1;
    if (this.isLimited) this.#holds.set(id, this.#holdFor(step.agentId, this.#known(step)));
    this.#checkLimits(id);
  }

  #checkLimits(id: string): void {
    for (const dimension of DIMENSIONS) {
      const limit = this.#limits[dimension];
      if (limit !== undefined && this.#used(dimension) > Math.round(limit * SCALE[dimension]))
        this.problems.push(`${id} started above the limit of ${dimension}`);
    }
  }

  #end(
    before: WorkflowMachine,
    event: Extract<Accepted["event"], { type: "step_completed" | "step_failed" }>,
    now: number,
  ): void {
    const step = stepIn(before, event.stepId);
    if (step === undefined) return;
    const reason = event.type === "step_failed" ? event.reason : undefined;
    this.#settle(event.stepId, step.agentId, event.usage, {
      isAnswer: reason !== "interrupted",
      isCalled: reason !== "expression",
    });
    if (event.type === "step_failed" && reason === "rate_limit")
      this.#park(step.agentId, event.scope, event.retryAt, now);
    if (event.type === "step_completed")
      for (const scope of this.#scopesOf(step.agentId))
        if ((this.#parks.get(scope)?.until ?? 0) <= now) this.#parks.delete(scope);
  }

  #settle(
    id: string,
    agentId: string,
    usage: UsageAmounts | undefined,
    { isAnswer, isCalled }: { isAnswer: boolean; isCalled: boolean },
  ): void {
    const hold = this.#holds.get(id);
    this.#holds.delete(id);
    const missing = DIMENSIONS.filter((dimension) => {
      const reported = usage?.[dimension];
      if (reported === undefined)
        return hold !== undefined && isCalled && this.#limits[dimension] !== undefined;
      const amount = Math.round(reported * SCALE[dimension]);
      this.#settled[dimension] += amount;
      const learned = this.#learned.get(agentId) ?? {};
      learned[dimension] = Math.max(learned[dimension] ?? 0, amount);
      this.#learned.set(agentId, learned);
      return false;
    });
    for (const dimension of missing) this.#settled[dimension] += hold?.known[dimension] ?? 0;
    if (missing.length === 0) return;
    if (missing.every((dimension) => hold?.known[dimension] !== undefined)) this.#estimated += 1;
    else {
      this.#unmetered += 1;
      if (isAnswer && this.#limits.unmetered !== "allow") this.#isBlind = true;
    }
  }

  // Attempts that ended without an outcome of their own.
  #abort(after: WorkflowMachine, isRestored: boolean): void {
    for (const [id, { agentId }] of this.#holds)
      if (isRestored || stepIn(after, id)?.status !== "running")
        this.#settle(id, agentId, undefined, { isAnswer: false, isCalled: true });
  }

  #change(changed: Budget, after: WorkflowMachine): void {
    this.#limits = { ...this.#limits, ...changed };
    this.#passed = 0;
    this.#reserveAgain(after);
  }

  #pass(after: WorkflowMachine): void {
    const { percent } = this.#threshold();
    if (percent === 100) return;
    this.#passed = percent;
    this.#reserveAgain(after);
  }

  /** True if nothing that may be launched now fits the limits. */
  #isHeldByLimits(machine: WorkflowMachine, now: number): boolean {
    const launches = stepsOf(machine).filter(
      (step) =>
        step.kind === undefined &&
        isLaunch(step) &&
        (step.status === "ready" || (step.status === "waiting" && (step.retryAt ?? 0) <= now)),
    );
    const holds = launches.map((step) => this.heldBy(step, now)).filter((hold) => hold !== "quota");
    return holds.length > 0 && holds.every((hold) => hold !== undefined && hold !== "unmetered");
  }

  #reserveAgain(after: WorkflowMachine): void {
    if (this.#limits.unmetered === "allow") this.#isBlind = false;
    const before = new Map(this.#holds);
    this.#holds.clear();
    if (!this.isLimited) return;
    for (const { id, status } of Machine.snapshot(after, undefined).steps) {
      const step = stepIn(after, id);
      if (status !== "running" || step === undefined || !isLaunch(step)) continue;
      const known = before.get(id)?.known ?? {};
      this.#holds.set(id, this.#holdFor(step.agentId, { ...this.#known(step), ...known }));
    }
  }

  #known({ agentId, reserve }: StepInfo): UsageAmounts {
    const learned = this.#learned.get(agentId) ?? {};
    const [step, agent] = [micros(reserve), micros(this.#agents[agentId]?.reserve)];
    return { ...learned, ...agent, ...step };
  }

  #holdFor(agentId: string, known: UsageAmounts): Hold {
    const amounts = Object.fromEntries(
      DIMENSIONS.map((dimension) => {
        const cap = this.#cap(this.#limits[dimension], SCALE[dimension]);
        const left = Math.max(0, cap - this.#used(dimension));
        return [
          dimension,
          cap === Number.POSITIVE_INFINITY ? 0 : (known[dimension] ?? left),
        ] as const;
      }),
    );
    return { agentId, known, usd: amounts["usd"] ?? 0, tokens: amounts["tokens"] ?? 0 };
  }

  #used(dimension: Dimension): number {
    let used = this.#settled[dimension];
    for (const hold of this.#holds.values()) used += hold[dimension];
    return used;
  }

  #threshold() {
    const reached = this.#limits.at?.find(
      ({ percent, action }) => action !== "warn" && percent > this.#passed,
    );
    return reached ?? { percent: 100, action: "pause" };
  }

  #cap(limit: number | undefined, scale: number | undefined): number {
    if (limit === undefined) return Number.POSITIVE_INFINITY;
    const share = (Math.round(limit * (scale ?? 1)) * this.#threshold().percent) / 100;
    return scale === undefined ? share : Math.floor(share);
  }

  // --- quotas

  #scopesOf(agentId: string): string[] {
    return [this.#agents[agentId]?.scope ?? agentId, ...(this.#joined.get(agentId) ?? [])];
  }

  #freeAt(agentId: string): number {
    return Math.max(
      Number.NEGATIVE_INFINITY,
      ...this.#scopesOf(agentId).map((scope) => this.#parks.get(scope)?.until ?? 0),
      ...this.#rateFreeAt(agentId),
    );
  }

  #rateFreeAt(agentId: string): number[] {
    const { rate } = this.#agents[agentId] ?? {};
    const starts = this.#starts.get(agentId) ?? [];
    const oldest = rate === undefined ? undefined : starts.at(-rate.count);
    return rate === undefined || oldest === undefined || starts.length < rate.count
      ? []
      : [oldest + rate.windowMs];
  }

  #park(agentId: string, named: string | undefined, retryAt: number | undefined, now: number) {
    const own = this.#agents[agentId]?.scope ?? agentId;
    const scope = named ?? own;
    if (scope !== own)
      this.#joined.set(agentId, (this.#joined.get(agentId) ?? new Set()).add(scope));
    const { until, count } = this.#parks.get(scope) ?? { until: 0, count: 0 };
    if (retryAt !== undefined && retryAt > now)
      this.#parks.set(scope, { until: Math.max(until, retryAt), count: 0 });
    else if (until <= now)
      this.#parks.set(scope, {
        until: now + Math.min(900_000, 30_000 * 2 ** count),
        count: count + 1,
      });
  }
}

const isLaunch = ({ run }: StepInfo): boolean => run === undefined;

function micros(amounts: UsageAmounts | undefined): UsageAmounts {
  return Object.fromEntries(
    DIMENSIONS.flatMap((dimension) => {
      const amount = amounts?.[dimension];
      return amount === undefined ? [] : [[dimension, Math.round(amount * SCALE[dimension])]];
    }),
  );
}
