import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { freshPaths, owner, withRun } from "./fixture.js";

const path = freshPaths("answered-commands");

const COMMAND = { runId: "r1", verb: "signal", argument: '{"data":"private"}', sentAt: 2 };

/** The arguments of all commands in the database, in order. */
function storedArguments(): unknown[] {
  using file = closing(new Database(path()));
  return file.prepare("SELECT argument FROM workflow_commands ORDER BY command_id").pluck().all();
}

describe("the values of a command", () => {
  test("are stored until the command is answered", () => {
    using storage = closing(withRun(path(), 1));
    const answered = storage.sendCommand(COMMAND);
    storage.sendCommand(COMMAND);
    expect(storedArguments()).toEqual([COMMAND.argument, COMMAND.argument]);
    storage.answerCommand(answered, "ok:", 3);
    expect(storedArguments()).toEqual(["{}", COMMAND.argument]);
  });

  test("are stored until another engine claims the run", () => {
    using storage = closing(withRun(path(), 1));
    storage.sendCommand(COMMAND);
    const isDead = (): boolean => true;
    const other = { ...owner, ownerId: "e2" };
    storage.acquireLease({ runId: "r1", owner: other, now: 10, leaseUntil: 20, isDead });
    expect(storedArguments()).toEqual(["{}"]);
  });
});

function closing<T extends { close(): unknown }>(database: T): T & Disposable {
  return Object.assign(database, { [Symbol.dispose]: () => void database.close() });
}
