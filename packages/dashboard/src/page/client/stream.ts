import { type ReadonlySignal, signal } from "@preact/signals";
import type { Pulse } from "../../api/house.schema.js";
import type { Messages } from "../../api/message.schema.js";
import { ApiProblem, call, fetchRoute } from "./call.js";
import { SseParser } from "./sse-parser.js";
import { type StreamTurn, waitForTurn } from "./stream-turn.js";

/** How the page hears of changes at present. */
export interface StreamState {
  /**
   * - `off`: not started.
   * - `connecting`: the first connection is being made.
   * - `live`: messages arrive.
   * - `lost`: the connection has ended; another one is tried.
   * - `hidden`: the tab is hidden, and only counts are read.
   * - `refused`: the server does not accept the key.
   */
  readonly is: "off" | "connecting" | "live" | "lost" | "hidden" | "refused";
  /** When the last message arrived, on this machine's clock, in ms since the epoch. */
  readonly lastAt?: number;
  /** How many connections have failed since the last one that lived. */
  readonly tries: number;
}

/** The run whose journal follows. */
export interface Followed {
  readonly runId: string;
  /** The sequence number of the last entry that the page has. */
  after(): number;
}

/** What is called with each message of a kind. */
export type Listener = { readonly [Name in keyof Messages]?: (message: Messages[Name]) => void };

/** What a stream uses of its surroundings. */
export interface StreamHost {
  open(query: StreamRequest, signal: AbortSignal): Promise<Response>;
  /** Waits until this tab may open a connection: see `waitForTurn`. */
  turn(signal: AbortSignal): Promise<StreamTurn>;
  pulse(): Promise<Pulse>;
  isHidden(): boolean;
  /** Calls back whenever the tab is hidden or shown. */
  onVisibility(changed: () => void): void;
  now(): number;
  /** Delays are spread by a number in [0, 1), so that tabs do not return all at once. */
  chance(): number;
}

/** What a connection asks for. */
export interface StreamRequest {
  readonly run?: string;
  readonly watch?: string;
  readonly after?: number;
  /** The server's time of the last message: what has changed since then comes first. */
  readonly since?: number;
}

/** A hidden tab keeps its connection for this time. */
const HIDDEN_MS = 10_000;
/** How often a hidden tab reads the counts. */
const PULSE_MS = 15_000;
/** The server sends something every 15 s; after this time without, the connection is dead. */
const SILENCE_MS = 40_000;
/** While other tabs wait for a connection, each one has it for about this time. */
const TURN_MS = 1000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;

/**
 * The one connection of a tab over which the server sends changes. It is read by `fetch`, since an
 * `EventSource` cannot send the key.
 */
export class LiveStream {
  readonly #host: StreamHost;
  readonly #state = signal<StreamState>({ is: "off", tries: 0 });
  readonly #pulse = signal<Pulse | undefined>(undefined);
  readonly #listeners = new Set<Listener>();
  #since: number | undefined;
  #followed: Followed | undefined;
  #watched: string | undefined;
  #connection: AbortController | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #hiding: ReturnType<typeof setTimeout> | undefined;
  #polling: ReturnType<typeof setInterval> | undefined;

  constructor(host: StreamHost = browserHost()) {
    this.#host = host;
  }

  get state(): ReadonlySignal<StreamState> {
    return this.#state;
  }

  /** The counts of the whole database, as they were last heard. */
  get pulse(): ReadonlySignal<Pulse | undefined> {
    return this.#pulse;
  }

  /** Starts; a second call changes nothing. */
  start(): void {
    if (this.#state.peek().is !== "off") return;
    this.#state.value = { is: "connecting", tries: 0 };
    this.#host.onVisibility(() => this.#seen());
    this.#readPulse();
    if (this.#host.isHidden()) this.#hide();
    else this.#connect();
  }

  /** Calls the functions of `listener` with each message, until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Follows the journal of a run, or of none. */
  follow(followed: Followed | undefined): void {
    if (this.#followed === followed) return;
    this.#followed = followed;
    this.#watched = undefined;
    this.#reconnect();
  }

  /** Asks for hints when the log of an attempt grows: `STEP/ATTEMPT`. */
  watch(attempt: string | undefined): void {
    if (this.#watched === attempt) return;
    this.#watched = attempt;
    this.#reconnect();
  }

  /** Tries again at once instead of after the delay. */
  retry(): void {
    if (this.#state.peek().is === "lost" || this.#state.peek().is === "refused") this.#connect();
  }

  #reconnect(): void {
    const { is } = this.#state.peek();
    if (is === "live" || is === "connecting" || is === "lost") this.#connect();
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#connection?.abort();
    const connection = new AbortController();
    this.#connection = connection;
    void this.#read(connection).catch((error: unknown) => {
      const { aborted, reason } = connection.signal;
      if (reason === HANDED_OVER && this.#connection === connection) this.#connect();
      else if (!aborted || reason === SILENT) this.#lose(error);
    });
  }

  async #read(connection: AbortController): Promise<void> {
    const turn = await this.#host.turn(connection.signal);
    const handingOver = setInterval(() => handOver(turn, connection), TURN_MS);
    try {
      connection.signal.throwIfAborted();
      await this.#readMessages(connection);
    } finally {
      clearInterval(handingOver);
      turn.end();
    }
  }

  async #readMessages(connection: AbortController): Promise<void> {
    const followed = this.#followed;
    const query = {
      ...(followed !== undefined && { run: followed.runId, after: followed.after() }),
      ...(this.#watched !== undefined && { watch: this.#watched }),
      ...(this.#since !== undefined && { since: this.#since }),
    };
    const response = await this.#host.open(query, connection.signal);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    if (reader === undefined) throw new Error("The stream has no body.");
    const parser = new SseParser();
    this.#state.value = { is: "live", lastAt: this.#host.now(), tries: 0 };
    for (;;) {
      const silence = setTimeout(() => connection.abort(SILENT), SILENCE_MS);
      const { done, value } = await reader.read().finally(() => clearTimeout(silence));
      if (connection.signal.aborted) throw new Error("The connection was replaced.");
      if (done) throw new Error("The server has ended the stream.");
      const events = parser.add(value);
      if (events.length > 0) this.#state.value = { is: "live", lastAt: this.#host.now(), tries: 0 };
      for (const { name, data } of events) this.#dispatch(name, data);
    }
  }

  #dispatch(name: string, data: string): void {
    const message: unknown = JSON.parse(data);
    if (name === "ping") this.#since = (message as Messages["ping"]).now;
    if (name === "runs") this.#count((message as Messages["runs"]).pulse);
    if (name === "gates" && this.#pulse.peek() !== undefined)
      this.#pulse.value = {
        ...(this.#pulse.peek() as Pulse),
        gates: (message as Messages["gates"]).open,
      };
    this.#tell(name, message);
  }

  #tell(name: string, message: unknown): void {
    for (const listener of [...this.#listeners])
      (listener[name as keyof Messages] as ((given: unknown) => void) | undefined)?.(message);
  }

  #count(pulse: Pulse): void {
    this.#pulse.value = pulse;
    // A hidden tab has heard of no changes.
    if (this.#state.peek().is === "live") this.#since = pulse.now;
  }

  #lose(error: unknown): void {
    const { tries, lastAt } = this.#state.peek();
    const last = lastAt === undefined ? {} : { lastAt };
    if (error instanceof ApiProblem && error.status === 401) {
      this.#state.value = { is: "refused", tries: 0, ...last };
      return;
    }
    this.#state.value = { is: "lost", tries: tries + 1, ...last };
    // The followed run was removed: its listener ends the following, which connects again.
    if (error instanceof ApiProblem && error.status === 404 && this.#followed !== undefined) {
      this.#tell("problem", error.body);
      if (this.#followed === undefined) return;
    }
    const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(tries, 10));
    const spread = delay / 2 + (delay / 2) * this.#host.chance();
    this.#retry = setTimeout(() => this.#connect(), spread);
  }

  #seen(): void {
    clearTimeout(this.#hiding);
    if (this.#host.isHidden()) {
      this.#hiding = setTimeout(() => this.#hide(), HIDDEN_MS);
      return;
    }
    clearInterval(this.#polling);
    this.#polling = undefined;
    const { is } = this.#state.peek();
    if (is === "hidden" || is === "lost") this.#connect();
  }

  #hide(): void {
    if (this.#polling !== undefined) return;
    clearTimeout(this.#retry);
    this.#connection?.abort();
    this.#connection = undefined;
    const { lastAt } = this.#state.peek();
    this.#state.value = { is: "hidden", tries: 0, ...(lastAt !== undefined && { lastAt }) };
    this.#polling = setInterval(() => this.#readPulse(), PULSE_MS);
  }

  #readPulse(): void {
    this.#host.pulse().then(
      (pulse) => this.#count(pulse),
      // The state of the stream says whether the server can be reached.
      () => {},
    );
  }
}

/** Why a connection is given up that has sent nothing for too long. */
const SILENT = new Error("The stream is silent.");
/** Why a connection ends that another tab waits for. */
const HANDED_OVER = new Error("It is the turn of another tab.");

function handOver(turn: StreamTurn, connection: AbortController): void {
  turn.isWanted().then(
    (isWanted) => isWanted && connection.abort(HANDED_OVER),
    // The browser does not answer a page that it is closing.
    () => {},
  );
}

function browserHost(): StreamHost {
  return {
    open: (query, abort) =>
      fetchRoute(
        "stream",
        { query, signal: abort },
        {
          Accept: "text/event-stream",
          ...(query.after !== undefined && { "Last-Event-ID": String(query.after) }),
        },
      ),
    turn: (abort) => waitForTurn(navigator.locks, abort),
    pulse: () => call("pulse", {}),
    isHidden: () => document.hidden,
    onVisibility: (changed) => document.addEventListener("visibilitychange", changed),
    now: Date.now,
    chance: Math.random,
  };
}

/** The stream of this tab. */
export const liveStream = new LiveStream();
