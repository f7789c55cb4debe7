import { AssertionError } from "node:assert";
import { WorkflowError } from "@automatosx/workflow/errors";
import { PgBoss } from "pg-boss";
import {
  describeError,
  isCollision,
  isLostConnection,
  isShortage,
  toWorkflowError,
} from "../storage/connection/database-error.js";
import { driverUrl, hidePassword, withholdPassword } from "../storage/connection/server-url.js";
import { agentOfQueue, queueOfAgent } from "./queue-names.js";
import { CHANNEL, CREATE_TABLES, JOB_SCHEMA } from "./queue-tables.js";

/** How long a statement or a connection may take before it has failed, in ms. */
const QUERY_TIMEOUT_MS = 10_000;

/** The longest time that pg-boss lets a job be active, in s: a day. */
const MAX_ACTIVE_SECONDS = 24 * 3600;

/** How long an ended job is kept for an engine that was away, in days. */
const ENDED_DAYS = 7;

/** How long notices are gathered, in ms. */
const GATHER_MS = 3;

/** How many subjects a notice has: its payload may have 8,000 bytes. */
const PER_NOTICE = 150;

/**
 * What is said on the channel: `job:AGENT`, `ended:JOBS`, `logged:JOBS` or `stop:JOBS`. `missed` is
 * said by this object: notices may have been lost while the connection was.
 */
export type NoticeKind = "job" | "ended" | "logged" | "stop" | "missed";

/** Runs SQL. */
export interface SqlRunner {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** What opening the database of a queue needs. */
export interface QueueDatabaseOptions {
  /** `postgres://USER@HOST:PORT/DATABASE`. */
  readonly url: string;
  /** How many connections are opened at most, besides one that listens. */
  readonly maxConnections: number;
  /** The name of the connections in `pg_stat_activity`. */
  readonly applicationName: string;
}

/** The database of a queue: pg-boss, the tables beside it, and the channel. */
export class QueueDatabase {
  readonly boss: PgBoss;
  readonly #queues = new Map<string, Promise<string>>();
  readonly #listeners = new Set<(kind: NoticeKind, subject: string) => void>();
  #listening: { close(): Promise<void> } | undefined;
  readonly #unsaid = new Map<NoticeKind, Set<string>>();
  #saying: NodeJS.Timeout | undefined;
  #isListening = false;

  private constructor(boss: PgBoss) {
    this.boss = boss;
  }

  /**
   * Connects, and creates what is missing. Throws `database_*` with the reason, without the
   * password.
   */
  static async open(options: QueueDatabaseOptions): Promise<QueueDatabase> {
    const { url, maxConnections, applicationName } = options;
    withholdPassword();
    const settings = {
      connectionString: driverUrl(url),
      application_name: applicationName,
      schema: JOB_SCHEMA,
      max: maxConnections,
      connectionTimeoutMillis: QUERY_TIMEOUT_MS,
      // Passed through to the driver: a server that answers nothing must not block forever.
      query_timeout: QUERY_TIMEOUT_MS,
      schedule: false,
      registerInstance: false,
      monitorVacuum: false,
      openTelemetry: { enabled: false },
    };
    const boss = new PgBoss(settings);
    // Lost connections are opened again. Unheard, the event would end the process.
    boss.on("error", () => undefined);
    const database = new QueueDatabase(boss);
    try {
      await boss.start();
      await database.#createTables();
      await database.#listen();
      return database;
    } catch (error) {
      await boss.stop({ graceful: false }).catch(() => undefined);
      throw cannotOpen(error, url);
    }
  }

  /** Whether notices arrive: without them, everything is found by polling. */
  get isListening(): boolean {
    return this.#isListening;
  }

  /** Runs a statement and returns its rows. */
  async query<Row>(text: string, values: unknown[] = []): Promise<readonly Row[]> {
    const { rows } = await this.boss.getDb().executeSql(text, values);
    return rows as readonly Row[];
  }

  /** Runs statements in one transaction; they are passed `db`. */
  async inTransaction<T>(action: (db: SqlRunner) => Promise<T>): Promise<T> {
    const transaction = await this.boss.getDb().beginTransaction?.();
    if (transaction === undefined) throw new Error("pg-boss cannot begin a transaction");
    try {
      const result = await action(transaction.db);
      await transaction.commit();
      return result;
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  }

  /** Returns the name of the queue of an agent, which is created if needed. */
  queueFor(agentId: string): Promise<string> {
    const name = queueOfAgent(agentId);
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const made = this.#create(name);
    this.#queues.set(name, made);
    made.catch(() => this.#queues.delete(name));
    return made;
  }

  /** Returns the agents for which queues exist. */
  async agentsWithQueues(): Promise<readonly string[]> {
    const queues = await this.boss.getQueues();
    return queues.flatMap(({ name }) => agentOfQueue(name) ?? []);
  }

  /**
   * Announces a change to every process, together with the other changes of a few milliseconds. A
   * notice may get lost: it only saves time.
   */
  announce(kind: NoticeKind, subjects: readonly string[]): void {
    const waiting = this.#unsaid.get(kind) ?? new Set();
    for (const subject of subjects) waiting.add(subject);
    this.#unsaid.set(kind, waiting);
    this.#saying ??= setTimeout(() => void this.#say(), GATHER_MS);
  }

  /** Calls `listener` for each subject of each notice. Returns what ends that. */
  onNotice(listener: (kind: NoticeKind, subject: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Closes the connections. Statements on their way are awaited. */
  async close(): Promise<void> {
    this.#listeners.clear();
    clearTimeout(this.#saying);
    if (this.#unsaid.size > 0) await this.#say();
    await this.#listening?.close().catch(() => undefined);
    await this.boss.stop({ graceful: false });
  }

  async #say(): Promise<void> {
    const payloads: string[] = [];
    for (const [kind, subjects] of this.#unsaid) {
      const all = [...subjects];
      for (let from = 0; from < all.length; from += PER_NOTICE)
        payloads.push(`${kind}:${all.slice(from, from + PER_NOTICE).join(",")}`);
    }
    this.#unsaid.clear();
    this.#saying = undefined;
    const say = "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload";
    await this.query(say, [CHANNEL, payloads]).catch(() => undefined);
  }

  async #create(name: string): Promise<string> {
    await this.boss.createQueue(name, {
      // One attempt is performed once: its repetition is a job of its own.
      retryLimit: 0,
      expireInSeconds: MAX_ACTIVE_SECONDS,
      deleteAfterSeconds: ENDED_DAYS * 24 * 3600,
    });
    return name;
  }

  async #createTables(): Promise<void> {
    await this.inTransaction((db) => db.executeSql(CREATE_TABLES));
  }

  async #listen(): Promise<void> {
    const db = this.boss.getDb();
    try {
      this.#listening = await db.listen?.(
        CHANNEL,
        (payload) => this.#heard(payload),
        () => this.#heard("missed:"),
      );
      this.#isListening = this.#listening !== undefined;
    } catch {
      // A pool of transactions passes no notices on.
      this.#isListening = false;
    }
  }

  #heard(payload: string): void {
    const at = payload.indexOf(":");
    const kind = payload.slice(0, at) as NoticeKind;
    for (const subject of payload.slice(at + 1).split(","))
      for (const listener of this.#listeners) listener(kind, subject);
  }
}

/** The error for a database that cannot be opened, without the password. */
export function cannotOpen(error: unknown, url: string): WorkflowError {
  if (error instanceof WorkflowError) return error;
  return toWorkflowError({ name: hidePassword(url), readOnly: false }, describeError(error));
}

/**
 * Whether a statement failed because of the state of the server, which could not be reached or was
 * out of disk, say: it may be tried again.
 */
export function isPassing(error: unknown): boolean {
  // pg-boss asserts that it is open. A queue that was closed first leaves its attempts to others.
  if (error instanceof AssertionError) return error.message.includes("not opened");
  const described = describeError(error);
  return isLostConnection(described) || isCollision(described) || isShortage(described);
}
