import {
  type AgentProcess,
  agentProcessOf,
  commandOf,
  RowReader,
  type RunCommand,
} from "@automatosx/workflow/storage";
import type { Row, Sql, Statement } from "../connection/Statement.js";

// The owner hears of it, because it does not look otherwise.
const SEND = `
  WITH sent AS (
    INSERT INTO axw.workflow_commands (run_id, verb, argument, sent_at) VALUES ($1, $2, $3, $4)
    RETURNING command_id),
  told AS (SELECT pg_notify('axw', $5))
  SELECT sent.command_id FROM sent, told`;

const PENDING = `
  SELECT command.command_id, command.run_id, command.verb, command.argument, command.sent_at
  FROM axw.workflow_commands command JOIN axw.workflow_runs run ON run.run_id = command.run_id
  WHERE command.answer IS NULL AND run.owner_id = $1 ORDER BY command.command_id`;

// The first answer is final: the sender may have acted on it. The argument is no longer needed, and
// may contain values that nothing else keeps.
const ANSWER = `
  WITH answered AS (
    UPDATE axw.workflow_commands SET answer = $2, answered_at = $3, argument = '{}'
    WHERE command_id = $1 AND answer IS NULL RETURNING command_id)
  SELECT pg_notify('axw', $4) FROM answered`;

/** Commands that other processes send to the owner of a run, and the processes of agents. */
export class InboxRows {
  readonly #sql: Sql;
  readonly #writerId: string;

  constructor(sql: Sql, writerId: string) {
    this.#sql = sql;
    this.#writerId = writerId;
  }

  send({ runId, verb, argument, sentAt }: Omit<RunCommand, "commandId">): number {
    const [row] = this.#sql(SEND, [runId, verb, argument, sentAt, this.#writerId]);
    return row?.["command_id"] as number;
  }

  /** Selects the pending commands of an owner: see `toCommand`. */
  pending(ownerId: string): Statement {
    return { text: PENDING, values: [ownerId] };
  }

  answer(commandId: number, answer: string, at: number): Statement {
    return { text: ANSWER, values: [commandId, answer, at, this.#writerId] };
  }

  answerOf(commandId: number): string | undefined {
    const [row] = this.#sql("SELECT answer FROM axw.workflow_commands WHERE command_id = $1", [
      commandId,
    ]);
    return (row?.["answer"] ?? undefined) as string | undefined;
  }

  processes(runId: string): readonly AgentProcess[] {
    return this.#sql(
      `SELECT * FROM axw.workflow_agent_processes WHERE run_id = $1
       ORDER BY step_id, attempt_number, pid`,
      [runId],
    ).map(toProcess);
  }
}

/** Reads a row of the pending commands. */
export function toCommand(found: Row): RunCommand {
  return commandOf(new RowReader("workflow_commands", "command_id", found));
}

function toProcess(found: Row): AgentProcess {
  return agentProcessOf(new RowReader("workflow_agent_processes", "run_id", found));
}
