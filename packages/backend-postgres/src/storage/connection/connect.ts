import type { Socket } from "node:net";
import pg from "pg";
import { NO_ANSWER } from "./database-error.js";
import { nameOf, type Row, type Statement } from "./Statement.js";
import { driverUrl } from "./server-url.js";
import { decodeRows, encodeValues } from "./text-codec.js";

/** Which server to connect to, and how. It can be sent to another thread. */
export interface Server {
  readonly url: string;
  /** The URL as people may see it. */
  readonly name: string;
  /** What the server's own views call the connection. */
  readonly applicationName: string;
  readonly readOnly: boolean;
}

/** How long the server may work on one statement, in ms. */
const STATEMENT_MS = 60_000;

/** How long to wait for the server to close a connection, in ms. */
const CLOSE_MS = 500;

/** How long a statement may wait for a lock, in ms. */
const LOCK_MS = 5_000;

/** The type of PostgreSQL's 64-bit integers. None of ours is larger than a number of JavaScript. */
const INT8 = 20;

type TypeParsers = NonNullable<pg.ClientConfig["types"]>;

const parserOf = pg.types.getTypeParser as (oid: number, format?: string) => unknown;

const types: TypeParsers = {
  getTypeParser: ((oid: number, format?: string) =>
    oid === INT8 ? Number : parserOf(oid, format)) as TypeParsers["getTypeParser"],
};

/** A connection whose socket can be cut: that ends a statement whose answer does not come. */
export class Connection {
  readonly #client: pg.Client;
  #isOpen = true;

  private constructor(client: pg.Client, onEnd: () => void) {
    this.#client = client;
    client.once("end", () => {
      this.#isOpen = false;
      onEnd();
    });
  }

  /**
   * Connects and prepares the session. Rejects with the error of the driver or of the network. The
   * connection alone does not keep the process alive.
   */
  static async open(
    server: Server,
    connectMs: number,
    onEnd: () => void = () => undefined,
  ): Promise<Connection> {
    const client = new pg.Client({
      connectionString: driverUrl(server.url),
      application_name: server.applicationName,
      connectionTimeoutMillis: Math.max(1, Math.ceil(connectMs)),
      keepAlive: true,
      types,
    });
    // Without a listener, an idle connection that breaks would end the process.
    client.on("error", () => undefined);
    const connection = new Connection(client, onEnd);
    try {
      await client.connect();
      await connection.run({ text: sessionOf(server) }, connectMs);
      return connection;
    } catch (error) {
      connection.cut();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** How many bytes have arrived. */
  get received(): number {
    return streamOf(this.#client).bytesRead;
  }

  /** Calls `listener` with the text of each notification. */
  onNotification(listener: (payload: string) => void): void {
    this.#client.on("notification", ({ payload = "" }) => listener(payload));
  }

  /**
   * Runs one statement. If nothing arrives from the server for `waitMs`, cuts the connection and
   * rejects.
   */
  async run({ text, values }: Statement, waitMs: number): Promise<Row[]> {
    let [isLate, received] = [false, this.received];
    const timer = setInterval(
      () => {
        // A large result arrives in parts.
        if (this.received > received) received = this.received;
        else {
          isLate = true;
          this.cut();
        }
      },
      Math.max(1, waitMs),
    );
    try {
      // Only an answer that someone waits for keeps the process alive.
      streamOf(this.#client).ref();
      const query =
        values === undefined
          ? { text }
          : { text, values: encodeValues(values), name: nameOf(text) };
      // A text of several statements has a result for each, which is not used.
      const result: pg.QueryResult<Row> | readonly unknown[] = await this.#client.query(query);
      const rows = "rows" in result ? result.rows : [];
      decodeRows(rows);
      return rows;
    } catch (error) {
      if (isLate) throw noAnswer(waitMs);
      throw error;
    } finally {
      clearInterval(timer);
      if (this.#isOpen) streamOf(this.#client).unref();
    }
  }

  /** Ends the connection at once, without a word to the server. */
  cut(): void {
    this.#isOpen = false;
    streamOf(this.#client).destroy();
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    // The process must not end before the server knows that the connection ends.
    streamOf(this.#client).ref();
    // A server that is silent does not close its side.
    const timer = setTimeout(() => this.cut(), CLOSE_MS);
    await this.#client.end().finally(() => clearTimeout(timer));
  }
}

/** The error of a connection that does not answer, or, with 0, that has not answered lately. */
export function noAnswer(waitMs: number): Error & { readonly code: string } {
  const message =
    waitMs === 0 ? "it has not answered lately" : `no answer within ${Math.round(waitMs)} ms`;
  return Object.assign(new Error(message), { code: NO_ANSWER });
}

/** What is needed of the socket, which the driver does not declare. */
type Stream = Pick<Socket, "bytesRead" | "destroy" | "ref" | "unref">;

function streamOf(client: pg.Client): Stream {
  return (client as unknown as { readonly connection: { readonly stream: Stream } }).connection
    .stream;
}

// What the engine relies on must not depend on the settings of the server or of the user: a commit
// that is acknowledged is on disk, and a statement sees what others have committed before it.
function sessionOf({ readOnly }: Server): string {
  return [
    `SET statement_timeout = ${STATEMENT_MS}`,
    `SET lock_timeout = ${LOCK_MS}`,
    "SET default_transaction_isolation = 'read committed'",
    "SET client_min_messages = 'warning'",
    `SET default_transaction_read_only = ${readOnly ? "on" : "off"}`,
    "SELECT set_config('synchronous_commit', 'on', false) " +
      "WHERE current_setting('synchronous_commit') = 'off'",
  ].join("; ");
}
