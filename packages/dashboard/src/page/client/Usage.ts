import type { AcceptedEvent } from "@automatosx/run-view";

/** What attempts have used, as far as their agents reported it. */
export interface Used {
  readonly usd?: number;
  readonly tokens?: number;
  /** True if an attempt reported nothing. */
  readonly isAtLeast: boolean;
}

interface Report {
  readonly seq: number;
  readonly attempt: number;
  readonly usd?: number | undefined;
  readonly tokens?: number | undefined;
  readonly isOfAgent: boolean;
}

/** What each attempt of a run has used, from the events that end attempts. */
export class Usage {
  readonly #reports = new Map<string, Report[]>();
  #hasUsd = false;
  #hasTokens = false;

  /** Whether any attempt has reported a cost, and whether any has reported tokens. */
  get known(): { readonly usd: boolean; readonly tokens: boolean } {
    return { usd: this.#hasUsd, tokens: this.#hasTokens };
  }

  add({ event, seq, before }: Pick<AcceptedEvent, "event" | "seq" | "before">, agentOf: AgentOf) {
    if (
      event.type !== "step_completed" &&
      event.type !== "step_failed" &&
      event.type !== "step_answered"
    )
      return;
    if (event.type === "step_completed" && event.reused !== undefined) return;
    const { stepId, attemptNumber: attempt, usage } = event;
    const { usd, tokens } = usage ?? {};
    this.#hasUsd ||= usd !== undefined;
    this.#hasTokens ||= tokens !== undefined;
    const report = { seq, attempt, usd, tokens, isOfAgent: agentOf(before, stepId) };
    const reports = this.#reports.get(stepId);
    if (reports === undefined) this.#reports.set(stepId, [report]);
    else reports.push(report);
  }

  /**
   * What the attempts at a step have used up to an event, or one of them. Undefined if no attempt
   * of an agent has ended.
   */
  of(stepId: string, upTo: number, attempt?: number): Used | undefined {
    let [usd, tokens, isAtLeast, isKnown] = [0, 0, false, false];
    let [hasUsd, hasTokens] = [false, false];
    for (const report of this.#reports.get(stepId) ?? []) {
      if (report.seq > upTo || (attempt !== undefined && report.attempt !== attempt)) continue;
      if (report.usd === undefined && report.tokens === undefined) {
        isAtLeast ||= report.isOfAgent;
        isKnown ||= report.isOfAgent;
        continue;
      }
      isKnown = true;
      hasUsd ||= report.usd !== undefined;
      hasTokens ||= report.tokens !== undefined;
      usd += report.usd ?? 0;
      tokens += report.tokens ?? 0;
    }
    if (!isKnown) return undefined;
    return { ...(hasUsd && { usd }), ...(hasTokens && { tokens }), isAtLeast };
  }
}

/** Whether an attempt at this step launches an agent. */
type AgentOf = (machine: AcceptedEvent["before"], stepId: string) => boolean;
