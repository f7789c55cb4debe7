import { Connection, noAnswer, type Server } from "./connect.js";
import {
  describeError,
  isCollision,
  isLostConnection,
  type ServerError,
  toWorkflowError,
} from "./database-error.js";
import type { Row, Statement } from "./Statement.js";

/** How long to wait before another attempt to connect: doubled each time, in ms. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * A connection that is opened when it is first used, and opened again when it breaks. It runs one
 * statement after the other, in the order of the calls.
 */
export class Line {
  readonly #server: Server;
  readonly #waitMs: number;
  #connection: Connection | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** A call is answered, or rejects, after `waitMs` without a sign of the server. */
  constructor(server: Server, waitMs: number) {
    this.#server = server;
    this.#waitMs = waitMs;
  }

  /**
   * Runs `action` when all earlier ones have ended: no statement of another action comes between
   * its statements.
   */
  inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(action);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Runs a statement that may be applied twice without harm: after a broken connection it is sent
   * again, until `waitMs` have passed. `statement` receives whether an earlier one may have
   * been applied. Rejects with `database_*` or `internal`.
   */
  async run(
    statement: (isRepeated: boolean) => Statement,
    waitMs = this.#waitMs,
  ): Promise<readonly Row[]> {
    const endAt = performance.now() + waitMs;
    let wasSent = false;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      let error: ServerError;
      try {
        const connection = await this.#connected(endAt - performance.now());
        const next = statement(wasSent);
        wasSent = true;
        return await connection.run(next, waitMs);
      } catch (cause) {
        error = describeError(cause);
      }
      const mayRetry = isLostConnection(error) || isCollision(error);
      if (!mayRetry || this.#isClosed || performance.now() + pauseMs > endAt)
        throw toWorkflowError(this.#server, error);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  async #connected(leftMs: number): Promise<Connection> {
    if (this.#isClosed) throw noAnswer(0);
    if (this.#connection?.isOpen === true) return this.#connection;
    this.#connection = await Connection.open(this.#server, Math.max(1, leftMs));
    return this.#connection;
  }

  /** Ends the connection; what is under way rejects. */
  close(): void {
    this.#isClosed = true;
    this.#connection?.close().catch(() => undefined);
    this.#connection = undefined;
  }
}
