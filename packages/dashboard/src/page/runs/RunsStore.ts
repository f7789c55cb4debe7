import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { Messages } from "../../api/message.schema.js";
import type { RunList } from "../../api/run.schema.js";
import type { ApiProblem, Request } from "../client/call.js";
import { problemOf, QUIET_MS } from "../shell/load.js";
import { countNew, withChanges } from "./run-list.js";

/** What a page of runs is asked for. */
export type RunsRequest = NonNullable<Request<"runs">["query"]>;

type ReadRuns = (request: RunsRequest, signal: AbortSignal) => Promise<RunList>;

/** The list is read again this long after a change of which only the server knows the effect. */
const REFRESH_MS = 1500;

/** Rows whose journals the server has not read are asked for again, up to this number of times. */
const MAX_FIGURE_READS = 20;

/**
 * The page of runs that is shown. A run that begins does not move the list: it waits, counted in
 * `newCount`, until the reader asks for it. A run that is shown changes where it stands.
 */
export class RunsStore {
  readonly #read: ReadRuns;
  readonly #list = signal<RunList | undefined>(undefined);
  readonly #problem = signal<ApiProblem | undefined>(undefined);
  readonly #isSlow = signal(false);
  readonly #isStale = signal(false);
  readonly #newCount = signal(0);
  #request: RunsRequest = {};
  /** The request of the list, and the one that is on its way. */
  #shown = "";
  #asked: { readonly key: string; readonly done: Promise<void> } | undefined;
  #reading: AbortController | undefined;
  #refresh: ReturnType<typeof setTimeout> | undefined;
  #figureReads = 0;

  constructor(read: ReadRuns) {
    this.#read = read;
  }

  get list(): ReadonlySignal<RunList | undefined> {
    return this.#list;
  }

  /** Why the last request failed. The list stays. */
  get problem(): ReadonlySignal<ApiProblem | undefined> {
    return this.#problem;
  }

  /** True while the first list has not arrived for a while. */
  get isSlow(): ReadonlySignal<boolean> {
    return this.#isSlow;
  }

  /** True while the list is that of an earlier request. */
  get isStale(): ReadonlySignal<boolean> {
    return this.#isStale;
  }

  /** How many runs have begun since the list was shown, and match its filter. */
  get newCount(): ReadonlySignal<number> {
    return this.#newCount;
  }

  /** Shows the runs of a request, in place of those that are shown. */
  show(request: RunsRequest): Promise<void> {
    const key = JSON.stringify(request);
    if (this.#asked?.key === key) return this.#asked.done;
    const asked = { key, done: this.#show(request, key) };
    this.#asked = asked;
    return asked.done.finally(() => {
      if (this.#asked === asked) this.#asked = undefined;
    });
  }

  async #show(request: RunsRequest, key: string): Promise<void> {
    this.stop();
    this.#request = request;
    this.#figureReads = 0;
    const reading = new AbortController();
    this.#reading = reading;
    this.#isStale.value = this.#list.peek() !== undefined && key !== this.#shown;
    const slow = setTimeout(() => {
      this.#isSlow.value = this.#list.peek() === undefined;
    }, QUIET_MS);
    const settle = (settled: () => void): void => {
      clearTimeout(slow);
      if (reading.signal.aborted) return;
      batch(() => {
        this.#isSlow.value = false;
        settled();
      });
    };
    try {
      const list = await this.#read(request, reading.signal);
      settle(() => {
        this.#list.value = list;
        this.#shown = key;
        this.#problem.value = undefined;
        this.#isStale.value = false;
        this.#newCount.value = 0;
        this.#readFigures(list);
      });
    } catch (error) {
      settle(() => {
        this.#problem.value = problemOf(error);
      });
    }
  }

  /** Takes what the stream says: rows change at once, and what else has changed is read soon. */
  take({ runs }: Messages["runs"]): void {
    const list = this.#list.peek();
    if (list === undefined) return;
    const known = new Map(list.runs.map((row) => [row.runId, row]));
    this.#list.value = { ...list, runs: [...withChanges(list.runs, runs)] };
    const isNews = runs.some((row) => {
      const before = known.get(row.runId);
      return before === undefined || before.status !== row.status || before.state !== row.state;
    });
    if (isNews) this.refreshSoon();
  }

  /** Reads the page again without moving it. Calls within a short time are one. */
  refreshSoon(): void {
    this.#refresh ??= setTimeout(() => {
      this.#refresh = undefined;
      void this.#readAgain();
    }, REFRESH_MS);
  }

  /** Gives up what is on its way. */
  stop(): void {
    clearTimeout(this.#refresh);
    this.#refresh = undefined;
    this.#asked = undefined;
    this.#reading?.abort();
    this.#isSlow.value = false;
  }

  async #readAgain(): Promise<void> {
    const reading = new AbortController();
    this.#reading?.abort();
    this.#reading = reading;
    let page: RunList;
    try {
      page = await this.#read(this.#request, reading.signal);
    } catch {
      // The strip of the shell says that the server does not answer; the next message tries again.
      return;
    }
    const list = this.#list.peek();
    if (reading.signal.aborted || list === undefined) return;
    batch(() => {
      this.#problem.value = undefined;
      if (list.runs.length === 0) {
        // An empty list has nothing that could be moved.
        this.#list.value = page;
      } else {
        this.#list.value = {
          ...page,
          next: list.next,
          runs: [...withChanges(list.runs, page.runs)],
        };
        this.#newCount.value =
          this.#request.cursor === undefined ? countNew(list.runs, page.runs) : 0;
      }
      this.#readFigures(page);
    });
  }

  #readFigures({ runs }: RunList): void {
    const isMissing = runs.some(({ figures, damage }) => figures === null && damage === undefined);
    if (!isMissing || this.#figureReads >= MAX_FIGURE_READS) return;
    this.#figureReads += 1;
    this.refreshSoon();
  }
}
