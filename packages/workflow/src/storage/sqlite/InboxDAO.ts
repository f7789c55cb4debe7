import { RowReader } from "../RowReader.js";
import { commandOf } from "../read-rows.js";
import type { RunCommand } from "../StoragePort.js";
import { WITHDRAWN } from "../withdrawn-command.js";
import type { Database } from "./open-database.js";

/** Commands that other processes send to the owner of a run. */
export class InboxDAO {
  readonly #send;
  readonly #pending;
  readonly #answer;
  readonly #withdraw;
  readonly #answerOf;

  constructor(database: Database) {
    this.#send = database.prepare<[string, string, string, number]>(
      "INSERT INTO workflow_commands (run_id, verb, argument, sent_at) VALUES (?, ?, ?, ?)",
    );
    this.#pending = database.prepare<[string]>(
      `SELECT command.command_id, command.run_id, command.verb, command.argument, command.sent_at
       FROM workflow_commands command JOIN workflow_runs run ON run.run_id = command.run_id
       WHERE command.answer IS NULL AND run.owner_id = ? ORDER BY command.command_id`,
    );
    // The first answer is final: the sender may have acted on it. The argument is no longer needed,
    // and may contain values that nothing else keeps.
    this.#answer = database.prepare<[string, number, number]>(
      `UPDATE workflow_commands SET answer = ?, answered_at = ?, argument = '{}'
       WHERE command_id = ? AND answer IS NULL`,
    );
    this.#withdraw = database.prepare<[string, number, string]>(
      `UPDATE workflow_commands SET answer = ?, answered_at = ?, argument = '{}'
       WHERE run_id = ? AND answer IS NULL`,
    );
    this.#answerOf = database.prepare<[number]>(
      "SELECT command_id, answer FROM workflow_commands WHERE command_id = ?",
    );
  }

  send({ runId, verb, argument, sentAt }: Omit<RunCommand, "commandId">): number {
    return Number(this.#send.run(runId, verb, argument, sentAt).lastInsertRowid);
  }

  pending(ownerId: string): RunCommand[] {
    return this.#pending
      .all(ownerId)
      .map((found) => commandOf(new RowReader("workflow_commands", "command_id", found)));
  }

  answer(commandId: number, answer: string, at: number): void {
    this.#answer.run(answer, at, commandId);
  }

  /** Answers the pending commands when a run changes owner: their senders may no longer exist. */
  withdraw(runId: string, at: number): void {
    this.#withdraw.run(WITHDRAWN, at, runId);
  }

  answerOf(commandId: number): string | undefined {
    const found = this.#answerOf.get(commandId);
    if (found === undefined) return undefined;
    const row = new RowReader("workflow_commands", "command_id", found);
    return row.isEmpty("answer") ? undefined : row.text("answer");
  }
}
