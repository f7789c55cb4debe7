import type { JournalEntry } from "@automatosx/schemas";
import type { RunCommand } from "../backend/run-command.js";
import { journalValue } from "../journal/journal-value.js";
import type { StoragePort } from "../storage/StoragePort.js";
import { answerEvent } from "./run-answers.js";

/**
 * Whether the journal of a run has an answer or a signal after an entry: the process that performed
 * it ended before it replied. Other commands may be performed twice.
 */
export function isRecorded(
  storage: Pick<StoragePort, "readJournal">,
  runId: string,
  command: RunCommand,
  afterSeq: number,
): boolean {
  const records = recordsOf(command);
  if (records === undefined) return false;
  for (const entry of storage.readJournal(runId, afterSeq)) if (records(entry)) return true;
  return false;
}

function recordsOf(command: RunCommand): ((entry: JournalEntry) => boolean) | undefined {
  if (command.verb === "signal") {
    const { signalId } = command;
    return ({ type, payload }) =>
      type === "signal_received" && membersOf(payload)["signalId"] === signalId;
  }
  if (command.verb !== "answer") return undefined;
  const { stepId, answer } = command;
  return (entry) => {
    if (entry.type !== "gate_answered" || entry.stepId !== stepId) return false;
    const number = entry.attemptNumber ?? 0;
    if (number !== (answer.attemptNumber ?? number)) return false;
    const event = answerEvent(stepId, number, answer);
    const { member } = journalValue("values", JSON.stringify(event.values));
    const found = membersOf(entry.payload);
    const value = JSON.parse(`{${member}}`) as Readonly<Record<string, unknown>>;
    const { approved, by, note } = event;
    return Object.entries({ ...value, approved, by, note }).every(
      ([name, expected]) => JSON.stringify(found[name]) === JSON.stringify(expected),
    );
  };
}

function membersOf(payload: string): Readonly<Record<string, unknown>> {
  return JSON.parse(payload) as Readonly<Record<string, unknown>>;
}
