import { Connection, type Server } from "./connect.js";
import { readNotification } from "./notification.js";

/** Hears of a commit, and whether it may have left a run to claim if that is known. */
export type ChangeListener = (mayBeClaimable?: boolean) => void;

/** The channel on which connections say that they have committed. */
const CHANNEL = "axw";

/** How long to wait before another attempt to connect: doubled each time, in ms. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
const CONNECT_MS = 5_000;

/**
 * How often the count changes while it is not connected, in ms: a caller that reads the database
 * after each change must not do so without a pause.
 */
const BLIND_MS = 100;

/** How often to ask whether the server is still there, in ms. */
const PING_EVERY_MS = 5_000;

/**
 * Counts the commits of other connections, by LISTEN. While it is not connected, the
 * count changes several times a second, because it may have missed a commit.
 */
export class Changes {
  readonly #server: Server;
  readonly #ownId: string;
  readonly #listeners = new Set<ChangeListener>();
  #count = 0;
  #blindUntil = 0;
  #connection: Connection | undefined;
  #isStarted = false;
  #isClosed = false;

  /** Ignores what `ownId` says. */
  constructor(server: Server, ownId: string) {
    this.#server = server;
    this.#ownId = ownId;
  }

  /** A number that changes with each commit of another connection. */
  version(): number {
    this.#start();
    const now = performance.now();
    if (this.#connection?.isOpen !== true && now >= this.#blindUntil) {
      this.#count += 1;
      this.#blindUntil = now + BLIND_MS;
    }
    return this.#count;
  }

  /** Calls `listener` after each commit of another connection; returns how to end it. */
  listen(listener: ChangeListener): () => void {
    this.#start();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#isClosed = true;
    this.#listeners.clear();
    this.#connection?.cut();
  }

  #start(): void {
    if (this.#isStarted || this.#isClosed) return;
    this.#isStarted = true;
    void this.#connect();
  }

  async #connect(): Promise<void> {
    this.#connection = undefined;
    for (let pauseMs = FIRST_PAUSE_MS; !this.#isClosed; ) {
      try {
        await this.#open();
        // There may have been commits before it listened.
        this.#changed();
        return;
      } catch {
        await pause(pauseMs);
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      }
    }
  }

  async #open(): Promise<void> {
    // A connection may end before it is open.
    let opened: Connection | undefined;
    const connection = await Connection.open(this.#server, CONNECT_MS, () => {
      if (opened !== undefined && this.#connection === opened) void this.#connect();
    });
    opened = connection;
    connection.onNotification((text) => {
      const { writerId, mayBeClaimable } = readNotification(text);
      if (writerId !== this.#ownId) this.#changed(mayBeClaimable);
    });
    try {
      await connection.run({ text: `LISTEN ${CHANNEL}` }, CONNECT_MS);
    } catch (error) {
      connection.cut();
      throw error;
    }
    this.#connection = connection;
    if (this.#isClosed) connection.cut();
    else this.#watch(connection);
  }

  // A listener never sends anything, so it would not see that the server has vanished.
  #watch(connection: Connection): void {
    const timer = setInterval(() => {
      if (connection.isOpen)
        connection.run({ text: "SELECT 1" }, CONNECT_MS).catch(() => undefined);
      else clearInterval(timer);
    }, PING_EVERY_MS);
    timer.unref();
  }

  #changed(mayBeClaimable?: boolean): void {
    this.#count += 1;
    for (const listener of this.#listeners) listener(mayBeClaimable);
  }
}

// The wait alone does not keep the process alive.
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
