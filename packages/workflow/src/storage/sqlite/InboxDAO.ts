import type { RunCommand } from "../StoragePort.js";
import type { Database } from "./open-database.js";

interface CommandRow {
  command_id: number;
  run_id: string;
  verb: RunCommand["verb"];
  argument: string;
  sent_at: number;
}

/** What processes ask of the owner of a run. */
export class InboxDAO {
  readonly #send;
  readonly #pending;
  readonly #answer;
  readonly #answerOf;

  constructor(database: Database) {
    this.#send = database.prepare("INSERT INTO workflow_commands (run_id, verb, argument, sent_at) VALUES (?, ?, ?, ?)");
    this.#pending = database.prepare<[string], CommandRow>(
      `SELECT command.command_id, command.run_id, command.verb, command.argument, command.sent_at
       FROM workflow_commands command JOIN workflow_runs run ON run.run_id = command.run_id
       WHERE command.answer IS NULL AND run.owner_id = ? ORDER BY command.command_id`,
    );
    this.#answer = database.prepare("UPDATE workflow_commands SET answer = ?, answered_at = ? WHERE command_id = ? AND answer IS NULL");
    this.#answerOf = database.prepare<[number], string | null>("SELECT answer FROM workflow_commands WHERE command_id = ?").pluck();
  }

  send({ runId, verb, argument, sentAt }: Omit<RunCommand, "commandId">): number {
    return Number(this.#send.run(runId, verb, argument, sentAt).lastInsertRowid);
  }

  pending(ownerId: string): RunCommand[] {
    return this.#pending.all(ownerId).map((row) => ({
      commandId: row.command_id,
      runId: row.run_id,
      verb: row.verb,
      argument: row.argument,
      sentAt: row.sent_at,
    }));
  }

  answer(commandId: number, answer: string, at: number): void {
    this.#answer.run(answer, at, commandId);
  }

  answerOf(commandId: number): string | undefined {
    return this.#answerOf.get(commandId) ?? undefined;
  }
}
