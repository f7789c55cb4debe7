import type { StoragePort } from "@automatosx/workflow/observe";
import type { RunView } from "@automatosx/workflow/run-view";
import { count, duration } from "../render/words.js";
import { type ExpectedDurations, expectedDurations } from "./expected-durations.js";
import { forecastEnd } from "./forecast-end.js";
import { isSettled } from "./is-settled.js";
import type { IsSimulated } from "./ProgressView.js";

/** A run with more steps has no forecast: it would take too long to play. */
const MAX_STEPS = 2000;
/** The forecast is made again after this time, and after this multiple of what it cost. */
const RENEWAL_MS = 1000;
const COST_FACTOR = 50;
/** Less is not worth a line. */
const MIN_LEFT_MS = 1000;

/**
 * How much longer a run takes, if that is known: every step that is not settled needs an
 * `estimate`, or a duration from an earlier run of the same definition. Nothing is guessed.
 */
export class Forecast {
  readonly #storage: StoragePort;
  readonly #run: RunView;
  readonly #isSimulated: IsSimulated;
  #durations: ExpectedDurations | undefined;
  #seq = -1;
  #renewAt = Number.NEGATIVE_INFINITY;
  #endsAt: number | undefined;
  #origin = "";

  constructor(storage: StoragePort, run: RunView, isSimulated: IsSimulated) {
    this.#storage = storage;
    this.#run = run;
    this.#isSimulated = isSimulated;
  }

  /** `about 3m20s left (from 2 earlier runs)`; empty if it is not known. */
  text(now: number): string {
    const run = this.#run;
    const { steps, language } = run.origin.definition;
    // What the language decides depends on results that are not known yet.
    if (run.status !== "running" || steps.length > MAX_STEPS || language !== undefined) return "";
    if (now >= this.#renewAt || (run.seq !== this.#seq && this.#endsAt === undefined)) {
      const began = performance.now();
      this.#renew(now);
      const costMs = performance.now() - began;
      this.#renewAt = now + Math.max(RENEWAL_MS, COST_FACTOR * costMs);
    }
    const left = (this.#endsAt ?? now) - now;
    return left < MIN_LEFT_MS ? "" : `about ${rounded(left)} left (${this.#origin})`;
  }

  #renew(now: number): void {
    this.#seq = this.#run.seq;
    this.#endsAt = undefined;
    try {
      this.#durations ??= expectedDurations(this.#storage, this.#run, this.#isSimulated);
      const known = this.#durations;
      const sources = new Set<string>();
      for (const { id, status } of this.#run.steps()) {
        if (isSettled(status)) continue;
        const expected = known.of(id);
        if (expected === undefined) return;
        sources.add(expected.source);
      }
      this.#endsAt = forecastEnd(this.#run, (id) => known.of(id)?.ms ?? 0, now);
      this.#origin = originOf(sources, known.runCount);
    } catch {
      // A database that cannot be read is reported by what works on the run, not by its display.
    }
  }
}

function originOf(sources: ReadonlySet<string>, runCount: number): string {
  return `from ${[
    ...(sources.has("history") ? [count(runCount, "earlier run")] : []),
    ...(sources.has("estimate") ? ["estimates"] : []),
  ].join(" and ")}`;
}

/** Rounds to 5 seconds below a minute, to 10 below ten minutes, and then to minutes. */
function rounded(ms: number): string {
  const grain = ms < 60_000 ? 5_000 : ms < 600_000 ? 10_000 : 60_000;
  const whole = Math.max(grain, Math.round(ms / grain) * grain);
  return whole < 60_000 ? `${whole / 1000}s` : duration(whole);
}
