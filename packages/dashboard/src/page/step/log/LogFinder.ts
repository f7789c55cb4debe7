import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { LogHits } from "../../../api/run.schema.js";
import { nextHit } from "./next-hit.js";

/** How long the reader pauses before a search begins, in ms. */
export const TYPING_MS = 200;

/** What a search does outside itself. */
export interface FinderHost {
  /** Searches in the whole log, on the server. */
  readonly read: (wanted: string, stopped: AbortSignal) => Promise<LogHits>;
  /** Shows a line. */
  readonly show: (line: number) => void;
  /** Keeps the text, for the next time the log is shown. */
  readonly keep: (wanted: string) => void;
}

/** A search in a log: its text, the lines in which it occurs, and the one to look at. */
export class LogFinder {
  readonly #host: FinderHost;
  readonly #wanted: Signal<string>;
  readonly #hits = signal<readonly number[] | undefined>(undefined);
  readonly #total = signal(0);
  readonly #hit = signal<number | undefined>(undefined);
  #typing: ReturnType<typeof setTimeout> | undefined;
  #asked: AbortController | undefined;

  constructor(host: FinderHost, wanted: string) {
    this.#host = host;
    this.#wanted = signal(wanted);
  }

  /** What is searched for; empty for nothing. */
  get wanted(): ReadonlySignal<string> {
    return this.#wanted;
  }

  /** The numbers of the first lines in which it occurs; undefined while they are on their way. */
  get hits(): ReadonlySignal<readonly number[] | undefined> {
    return this.#hits;
  }

  /** In how many lines it occurs. */
  get total(): ReadonlySignal<number> {
    return this.#total;
  }

  /** The number of the line to look at. */
  get hit(): ReadonlySignal<number | undefined> {
    return this.#hit;
  }

  /** Searches for what was typed, once the reader pauses. */
  search(wanted: string): void {
    this.stop();
    batch(() => {
      this.#wanted.value = wanted;
      this.#hits.value = undefined;
      this.#hit.value = undefined;
    });
    this.#typing = setTimeout(() => {
      this.#host.keep(wanted);
      void this.find();
    }, TYPING_MS);
  }

  /** Searches at once. An answer to an earlier search is dropped. */
  async find(): Promise<void> {
    this.stop();
    const wanted = this.#wanted.peek();
    if (wanted === "") return;
    const asked = new AbortController();
    this.#asked = asked;
    const found = await this.#host.read(wanted, asked.signal).catch(() => ({ hits: [], total: 0 }));
    if (asked.signal.aborted) return;
    batch(() => {
      this.#hits.value = found.hits;
      this.#total.value = found.total;
    });
    this.#show(nextHit(found.hits, undefined, 1));
  }

  /** Goes to the next hit, or to the one before. */
  go(towards: 1 | -1): void {
    this.#show(nextHit(this.#hits.peek() ?? [], this.#hit.peek(), towards));
  }

  /** Ends a search that is on its way. */
  stop(): void {
    clearTimeout(this.#typing);
    this.#asked?.abort();
  }

  #show(line: number | undefined): void {
    this.#hit.value = line;
    if (line !== undefined) this.#host.show(line);
  }
}
