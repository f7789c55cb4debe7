import type { NoticeClaim, NoticePosition, NoticeReceiver } from "../NoticeStorage.js";
import { isHeldByAnother, type NoticeRow, noticePositionOf } from "../notice-row.js";
import type { Database } from "./open-database.js";

/** How far the notices of runs came to their receivers. */
export class NoticeDAO {
  readonly #add;
  readonly #ofRun;
  readonly #unsettled;
  readonly #hold;
  readonly #release;
  readonly #record;

  constructor(database: Database) {
    this.#add = database.prepare<[string, string, string, number]>(
      `INSERT INTO workflow_notices (run_id, receiver, name, seq) VALUES (?, ?, ?, ?)
       ON CONFLICT (run_id, receiver) DO NOTHING`,
    );
    this.#ofRun = database.prepare<[string], NoticeRow>(
      "SELECT * FROM workflow_notices WHERE run_id = ? ORDER BY receiver",
    );
    this.#unsettled = database.prepare<[], NoticeRow>(
      `SELECT n.* FROM workflow_notices n JOIN workflow_runs run ON run.run_id = n.run_id
       WHERE n.seq < run.journal_seq OR n.given_up > 0
       ORDER BY run.created_at, n.run_id, n.receiver`,
    );
    this.#hold = database.prepare<[string, number, string]>(
      "UPDATE workflow_notices SET holder = ?, held_until = ? WHERE run_id = ?",
    );
    this.#release = database.prepare<[string, string]>(
      `UPDATE workflow_notices SET holder = NULL, held_until = NULL
       WHERE run_id = ? AND holder ->> '$.ownerId' = ?`,
    );
    this.#record = database.prepare<
      [number, number, number, number, number | null, string | null, string, string]
    >(
      `UPDATE workflow_notices
       SET seq = ?, part = ?, failures = ?, given_up = ?, due_at = ?, error = ?
       WHERE run_id = ? AND receiver = ?`,
    );
  }

  /** Adds receivers, unless the run already has them. */
  add(receivers: readonly NoticeReceiver[]): void {
    for (const { runId, receiver, name, seq } of receivers)
      this.#add.run(runId, receiver, name, seq);
  }

  ofRun(runId: string): readonly NoticePosition[] {
    return this.#ofRun.all(runId).map(noticePositionOf);
  }

  /** The positions before the end of their journals, and those with notices that were given up. */
  unsettled(): readonly NoticePosition[] {
    return this.#unsettled.all().map(noticePositionOf);
  }

  /** Must be called inside a transaction. Returns false if a living engine holds the notices. */
  claim(claim: NoticeClaim): boolean {
    const { runId, owner, heldUntil } = claim;
    const isHeld = isHeldByAnother(this.#ofRun.all(runId), claim);
    if (!isHeld) this.#hold.run(JSON.stringify(owner), heldUntil, runId);
    return !isHeld;
  }

  release(runId: string, ownerId: string): void {
    this.#release.run(runId, ownerId);
  }

  record({
    runId,
    receiver,
    seq,
    part,
    failures,
    givenUp,
    dueAt,
    error,
  }: Omit<NoticePosition, "name">): void {
    this.#record.run(
      ...[seq, part, failures, givenUp, dueAt ?? null, error ?? null, runId, receiver],
    );
  }
}
