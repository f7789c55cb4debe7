import type { Instance } from "./Instance.js";
import type { AgentLimit } from "./Spending.js";

const FIRST_PARK_MS = 30_000;
const LONGEST_PARK_MS = 900_000;

/** The scopes of providers that are parked, and when each agent was started. */
export class Quotas {
  readonly #agentLimits: Readonly<Record<string, AgentLimit>>;
  #parked: ReadonlyMap<string, number> = new Map();
  /** How often in a row a scope was parked without an instant. */
  #strikes: ReadonlyMap<string, number> = new Map();
  #starts: readonly { readonly agentId: string; readonly at: number }[] = [];

  constructor(agentLimits: Readonly<Record<string, AgentLimit>>, from?: Quotas) {
    this.#agentLimits = agentLimits;
    if (from === undefined) return;
    this.#parked = from.#parked;
    this.#strikes = from.#strikes;
    this.#starts = from.#starts;
  }

  clone(): Quotas {
    return new Quotas(this.#agentLimits, this);
  }

  scopeOf(agentId: string): string {
    return this.#agentLimits[agentId]?.scope ?? agentId;
  }

  started(agentId: string, at: number): void {
    if (this.#agentLimits[agentId]?.rate === undefined) return;
    this.#starts = [...this.#starts, { agentId, at }];
  }

  /**
   * Parks a scope; gives the instant at which it is free again. Attempts that are refused while it
   * is parked say nothing new.
   */
  park(scope: string, retryAt: number | undefined, now: number): number {
    const known = this.#parked.get(scope) ?? Number.NEGATIVE_INFINITY;
    // An instant that has passed says nothing.
    const said = retryAt !== undefined && retryAt > now ? retryAt : undefined;
    if (said === undefined && known > now) return known;
    const strikes = this.#strikes.get(scope) ?? 0;
    const until = said ?? now + Math.min(LONGEST_PARK_MS, FIRST_PARK_MS * 2 ** strikes);
    this.#strikes = new Map(this.#strikes).set(scope, said === undefined ? strikes + 1 : 0);
    this.#parked = new Map(this.#parked).set(scope, Math.max(until, known));
    return Math.max(until, known);
  }

  /**
   * An attempt of an agent has succeeded, so its scope works again. While the scope is parked, the
   * attempt began before that and says nothing.
   */
  answered(agentId: string, now: number): void {
    const scope = this.scopeOf(agentId);
    if ((this.#parked.get(scope) ?? Number.NEGATIVE_INFINITY) > now) return;
    const strikes = new Map(this.#strikes);
    strikes.delete(scope);
    this.#strikes = strikes;
  }

  /** When a leaf may start as far as its scope and its agent's rate are concerned. */
  freeAt({ agentId, scope }: Instance): number {
    const scopes = [this.scopeOf(agentId), ...(scope === undefined ? [] : [scope])];
    const free = scopes.map((name) => this.#parked.get(name) ?? Number.NEGATIVE_INFINITY);
    return Math.max(...free, this.#rateFreeAt(agentId));
  }

  #rateFreeAt(agentId: string): number {
    const { rate } = this.#agentLimits[agentId] ?? {};
    if (rate === undefined) return Number.NEGATIVE_INFINITY;
    const starts = this.#starts.flatMap((start) => (start.agentId === agentId ? [start.at] : []));
    const first = starts.at(-rate.count);
    return first === undefined ? Number.NEGATIVE_INFINITY : first + rate.windowMs;
  }
}
