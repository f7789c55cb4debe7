import type { RunTrace } from "./RunTrace.js";

interface Waiting {
  readonly run: RunTrace;
  readonly seq: number;
  readonly end: () => void;
}

/**
 * How many spans may end between two flushes of the exporter: fewer than the queue of a
 * `BatchSpanProcessor` holds by default, which drops the rest.
 */
const MAX_UNFLUSHED = 500;

/** Ends spans at the pace of the exporter, in order. */
export class SpanQueue {
  #waiting: Waiting[] = [];
  #unflushedCount = 0;

  /** True if spans wait for the exporter. */
  get isFull(): boolean {
    return this.#unflushedCount >= MAX_UNFLUSHED;
  }

  /** Ends a span of the run, which ended with this journal entry. */
  send(run: RunTrace, seq: number, end: () => void): void {
    if (this.isFull) {
      this.#waiting.push({ run, seq, end });
      return;
    }
    this.#unflushedCount += 1;
    end();
  }

  /** The exporter has exported every span that has ended: ends those that wait. */
  flushed(): void {
    this.#unflushedCount = 0;
    const waiting = this.#waiting;
    this.#waiting = waiting.slice(MAX_UNFLUSHED);
    for (const { run, seq, end } of waiting.slice(0, MAX_UNFLUSHED)) this.send(run, seq, end);
  }

  /** For each run with spans that wait, the journal entry that ended the first of them. */
  waitingSeqs(): ReadonlyMap<RunTrace, number> {
    const first = new Map<RunTrace, number>();
    for (const { run, seq } of this.#waiting) if (!first.has(run)) first.set(run, seq);
    return first;
  }
}
