import { WorkflowError } from "@automatosx/workflow/errors";
import type { AsyncStorage, Commit, RunCommand } from "@automatosx/workflow/storage";
import type { Server } from "./connection/connect.js";
import { Line } from "./connection/Line.js";
import type { Row, Sql, Statement } from "./connection/Statement.js";
import { Commits } from "./rows/Commits.js";
import { InboxRows, toCommand } from "./rows/InboxRows.js";
import { LeaseRows } from "./rows/LeaseRows.js";

/** What the asynchronous calls of a storage need. */
export interface AsyncCallsOptions {
  readonly server: Server;
  /** Identifies this storage to the listeners. */
  readonly writerId: string;
  readonly now: () => number;
  readonly answerMs: number;
}

/** How long a renewal waits for the server, in ms, however short the lease is. */
const LEAST_WAIT_MS = 200;

// A statement that is only described here is run by the caller.
const noSql: Sql = () => [];

/**
 * The calls of a running engine. Each may be applied twice without harm, so it is sent again when
 * its connection breaks. Renewals have a connection of their own, which gives up an answer early:
 * there must be time for several of them before a lease ends.
 */
export class AsyncCalls implements AsyncStorage {
  readonly #server: Server;
  readonly #writerId: string;
  readonly #commits: Commits;
  readonly #leases: LeaseRows;
  readonly #inbox: InboxRows;
  readonly #writes: Line;
  readonly #others: Line;
  readonly #renewals: Line;
  readonly #leftMs: (leaseUntil: number) => number;
  readonly #answerMs: number;
  #cancelTelling: (() => void) | undefined;
  #isClosed = false;

  constructor({ server, writerId, now, answerMs }: AsyncCallsOptions) {
    this.#server = server;
    this.#writerId = writerId;
    this.#commits = new Commits(writerId, now, (inMs) => this.#tellLater(inMs));
    this.#leases = new LeaseRows(noSql, now, writerId);
    this.#inbox = new InboxRows(noSql, writerId);
    this.#writes = new Line(server, answerMs);
    this.#others = new Line(server, answerMs);
    this.#renewals = new Line(server, answerMs);
    this.#leftMs = (leaseUntil) => leaseUntil - now();
    this.#answerMs = answerMs;
  }

  commit(commit: Commit): Promise<void> {
    return this.#writes.inTurn(async () => {
      this.#assertOpen();
      const steps = this.#commits.steps(commit, hasLostAnswer);
      let next = steps.next([]);
      while (next.done !== true) {
        let rows: readonly Row[];
        try {
          rows = await this.#writes.run(next.value);
        } catch (error) {
          next = steps.throw(error);
          continue;
        }
        next = steps.next(rows);
      }
    });
  }

  /** Writes a commit with statements that block, under the same knowledge of the journals. */
  commitWith(commit: Commit, sql: Sql): void {
    const steps = this.#commits.steps(commit, hasLostAnswer);
    let next = steps.next([]);
    while (next.done !== true) {
      let rows: readonly Row[];
      try {
        const { text, values } = next.value(false);
        rows = sql(text, values);
      } catch (error) {
        next = steps.throw(error);
        continue;
      }
      next = steps.next(rows);
    }
  }

  async renewLeases(
    ownerId: string,
    runIds: readonly string[],
    leaseUntil: number,
  ): Promise<readonly string[]> {
    const waitMs = Math.min(this.#answerMs, Math.max(LEAST_WAIT_MS, this.#leftMs(leaseUntil) / 9));
    const rows = await this.#renewals.inTurn(async () => {
      this.#assertOpen();
      // A renewal that is sent later is shorter by that time.
      return this.#renewals.run(() => this.#leases.renewal(ownerId, runIds, leaseUntil), waitMs);
    });
    return rows.map((row) => String(row["run_id"]));
  }

  async pendingCommands(ownerId: string): Promise<readonly RunCommand[]> {
    return (await this.#run(() => this.#inbox.pending(ownerId))).map(toCommand);
  }

  async answerCommand(commandId: number, answer: string, at: number): Promise<void> {
    await this.#run(() => this.#inbox.answer(commandId, answer, at));
  }

  /** Must be called when the lease of a run changes. */
  forget(runId: string): void {
    this.#commits.forget(runId);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTelling?.();
    this.#writes.close();
    this.#others.close();
    this.#renewals.close();
  }

  #run(statement: () => Statement): Promise<readonly Row[]> {
    return this.#others.inTurn(async () => {
      this.#assertOpen();
      return this.#others.run(statement);
    });
  }

  // Those who follow a run must hear of its last commit too.
  #tellLater(inMs: number): void {
    if (this.#cancelTelling !== undefined || this.#isClosed) return;
    const timer = setTimeout(() => {
      this.#cancelTelling = undefined;
      const values = [this.#writerId];
      this.#run(() => ({ text: "SELECT pg_notify('axw', $1)", values })).catch(() => undefined);
    }, inMs);
    timer.unref();
    this.#cancelTelling = () => clearTimeout(timer);
  }

  #assertOpen(): void {
    if (!this.#isClosed) return;
    throw new WorkflowError("engine_closed", `The database ${this.#server.name} is closed.`, {
      remedy: "Open the database again.",
    });
  }
}

// A statement that the server has refused was not applied.
function hasLostAnswer(error: unknown): boolean {
  return error instanceof WorkflowError && error.code === "database_busy";
}
