import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { Log, LogLine } from "../../../api/run.schema.js";
import { ApiProblem } from "../../client/call.js";

/** How many lines one request reads. */
const CHUNK = 500;

/** How many lines are kept. The farthest from the shown ones are dropped first. */
const KEPT = 50_000;

/** Reads lines, by the place of the first one: from 1, or negative from the end. */
export type ReadLog = (from: number, limit: number) => Promise<Log>;

/**
 * The lines of a log that have been read. They are read by ranges, old and new ones alike. A place
 * counts from 1; it is the number of the line unless only one stream is shown.
 */
export class LogLines {
  readonly #read: ReadLog;
  readonly #lines = new Map<number, LogLine>();
  readonly #asked = new Map<number, Promise<void>>();
  readonly #version = signal(0);
  readonly #problem = signal<ApiProblem | undefined>(undefined);
  #total = 0;
  #stderr = 0;
  #bytes = 0;
  #isComplete = false;
  #hasBegun = false;
  #refreshing: Promise<void> | undefined;
  #isAgain = false;

  constructor(read: ReadLog) {
    this.#read = read;
  }

  /** Changes with the lines and the figures. */
  get version(): ReadonlySignal<number> {
    return this.#version;
  }

  /** Why the last request failed. */
  get problem(): ReadonlySignal<ApiProblem | undefined> {
    return this.#problem;
  }

  /** The number of lines, as far as it is known. */
  get total(): number {
    return this.#total;
  }

  /** How many of them are on the standard error. */
  get stderr(): number {
    return this.#stderr;
  }

  /** The size of the log in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** True if no line can follow. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** True once a request has been answered. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** The line at a place; undefined if it has not been read. */
  at(place: number): LogLine | undefined {
    return this.#lines.get(place);
  }

  /** Reads the end of the log. */
  async begin(): Promise<void> {
    await this.#request(-CHUNK, CHUNK);
  }

  /** Reads what is new: the log has grown, or its attempt has ended. */
  async refresh(): Promise<void> {
    if (this.#isComplete) return;
    // Of the calls during a request, one follows it: it reads what all of them are about.
    if (this.#refreshing !== undefined) {
      this.#isAgain = true;
      return this.#refreshing;
    }
    this.#refreshing = this.#request(this.#total + 1, CHUNK);
    await this.#refreshing;
    this.#refreshing = undefined;
    if (!this.#isAgain) return;
    this.#isAgain = false;
    await this.refresh();
  }

  /** Reads what is missing of these places. */
  async need(first: number, last: number): Promise<void> {
    const end = Math.min(last, this.#total);
    const wanted: Promise<void>[] = [];
    for (let chunk = Math.floor((first - 1) / CHUNK); chunk * CHUNK < end; chunk += 1) {
      const begin = chunk * CHUNK + 1;
      if (this.#isMissing(Math.max(begin, first), Math.min(begin + CHUNK - 1, end)))
        wanted.push(this.#chunk(chunk));
    }
    await Promise.all(wanted);
    this.#drop(first);
  }

  /** Returns the lines at these places; it reads those that are missing. */
  async lines(first: number, last: number): Promise<readonly LogLine[]> {
    const found: LogLine[] = [];
    // In parts, so that a range may be longer than what is kept.
    for (let from = first; from <= last; from += CHUNK * 20) {
      const to = Math.min(last, from + CHUNK * 20 - 1);
      await this.need(from, to);
      for (let place = from; place <= to; place += 1) {
        const line = this.#lines.get(place);
        if (line !== undefined) found.push(line);
      }
    }
    return found;
  }

  #isMissing(first: number, last: number): boolean {
    for (let place = first; place <= last; place += 1) if (!this.#lines.has(place)) return true;
    return false;
  }

  #chunk(chunk: number): Promise<void> {
    const known = this.#asked.get(chunk);
    if (known !== undefined) return known;
    const asked = this.#request(chunk * CHUNK + 1, CHUNK).finally(() => this.#asked.delete(chunk));
    this.#asked.set(chunk, asked);
    return asked;
  }

  async #request(from: number, limit: number): Promise<void> {
    let log: Log;
    try {
      log = await this.#read(from, limit);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.#problem.value = error;
      return;
    }
    const first = from > 0 ? from : log.total - log.lines.length + 1;
    batch(() => {
      for (const [index, line] of log.lines.entries()) this.#lines.set(first + index, line);
      this.#total = Math.max(this.#total, log.total);
      this.#bytes = Math.max(this.#bytes, log.bytes);
      this.#stderr = Math.max(this.#stderr, log.stderr);
      this.#isComplete ||= log.isComplete;
      this.#hasBegun = true;
      this.#problem.value = undefined;
      this.#version.value += 1;
    });
  }

  #drop(near: number): void {
    if (this.#lines.size <= KEPT) return;
    const places = [...this.#lines.keys()].sort((a, b) => Math.abs(b - near) - Math.abs(a - near));
    for (const place of places.slice(0, this.#lines.size - KEPT)) this.#lines.delete(place);
  }
}
