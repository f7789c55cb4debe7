import type { JournalEntry } from "@automatosx/schemas";
import type { RunCommand } from "../backend/run-command.js";
import { journalValue } from "../journal/journal-value.js";
import type { StoragePort } from "../storage/StoragePort.js";
import { answerEvent, shortName, shortNote } from "./run-answers.js";

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
  if (command.verb === "edit" || command.verb === "reopen" || command.verb === "amend")
    return recordsOfChange(command);
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

type Change = Extract<RunCommand, { readonly verb: "edit" | "reopen" | "amend" }>;

function recordsOfChange(command: Change): (entry: JournalEntry) => boolean {
  const by = shortName(command.by);
  const isSame = (entry: JournalEntry, expected: object): boolean => {
    const found = membersOf(entry.payload);
    return Object.entries({ ...expected, by }).every(
      ([name, value]) => JSON.stringify(found[name]) === JSON.stringify(value),
    );
  };
  switch (command.verb) {
    case "edit": {
      const { member } = journalValue("result", JSON.stringify(command.result));
      const value = JSON.parse(`{${member}}`) as object;
      const expected = { ...value, note: shortNote(command.note) };
      return (entry) =>
        entry.type === "result_edited" &&
        (entry.stepId ?? membersOf(entry.payload)["stepId"]) === command.stepId &&
        isSame(entry, expected);
    }
    case "reopen": {
      const { stepIds, downstream = false } = command;
      return (entry) => entry.type === "steps_reopened" && isSame(entry, { stepIds, downstream });
    }
    case "amend": {
      const { definitionHash } = command;
      return (entry) => entry.type === "definition_changed" && isSame(entry, { definitionHash });
    }
  }
}

function membersOf(payload: string): Readonly<Record<string, unknown>> {
  return JSON.parse(payload) as Readonly<Record<string, unknown>>;
}
