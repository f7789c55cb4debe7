import type { CommandOutcome, RunCommand } from "../backend/run-command.js";
import type { Clock } from "../ports.js";
import type { StoragePort, RunCommand as StoredCommand } from "../storage/StoragePort.js";
import { outcomeOfRefusal, writeOutcome } from "./command-outcome.js";
import { checkCommand } from "./validate-options.js";

/** The interval at which to poll for commands from other processes, in ms. */
const POLL_MS = 100;

/** A command from another process, and the run that it is for. */
export interface ReceivedCommand {
  readonly commandId: number;
  readonly runId: string;
  readonly command: RunCommand;
}

/**
 * While runs are active, receives the commands that other processes send to them, and answers each
 * one.
 */
export class CommandInbox {
  readonly #storage: StoragePort;
  readonly #clock: Clock;
  readonly #ownerId: string;
  readonly #perform: (received: ReceivedCommand) => Promise<CommandOutcome | undefined>;
  readonly #eachPoll: (dueAt: number) => void;
  readonly #beingPerformed = new Set<number>();
  #cancelTimer: (() => void) | undefined;
  #dataVersion = -1;

  /**
   * `perform` returns undefined for a run that this engine no longer owns: the new owner answers
   * the command. `eachPoll` is called before each poll,
   * with the instant at which the poll was due.
   */
  constructor(
    storage: StoragePort,
    clock: Clock,
    ownerId: string,
    perform: (received: ReceivedCommand) => Promise<CommandOutcome | undefined>,
    eachPoll: (dueAt: number) => void = () => undefined,
  ) {
    this.#storage = storage;
    this.#clock = clock;
    this.#ownerId = ownerId;
    this.#perform = perform;
    this.#eachPoll = eachPoll;
  }

  /** Starts to poll; the timer also keeps the process alive while agents are awaited. */
  start(): void {
    if (this.#cancelTimer !== undefined) return;
    this.#dataVersion = -1;
    this.#arm();
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #arm(): void {
    const dueAt = this.#clock.now() + POLL_MS;
    this.#cancelTimer = this.#clock.setTimer(POLL_MS, () => {
      this.#arm();
      this.#eachPoll(dueAt);
      this.#poll();
    });
  }

  #poll(): void {
    try {
      const dataVersion = this.#storage.dataVersion();
      if (dataVersion === this.#dataVersion) return;
      this.#dataVersion = dataVersion;
      for (const stored of this.#storage.pendingCommands(this.#ownerId)) void this.#answer(stored);
    } catch {
      // A busy database is queried again at the next poll; a broken one fails the next commit.
      this.#dataVersion = -1;
    }
  }

  async #performStored(stored: StoredCommand): Promise<CommandOutcome | undefined> {
    const { commandId, runId } = stored;
    return this.#perform({ commandId, runId, command: readCommand(stored) });
  }

  async #answer(stored: StoredCommand): Promise<void> {
    const { commandId } = stored;
    if (this.#beingPerformed.has(commandId)) return;
    this.#beingPerformed.add(commandId);
    try {
      const outcome = await this.#performStored(stored).catch(outcomeOfRefusal);
      if (outcome !== undefined)
        this.#storage.answerCommand(commandId, writeOutcome(outcome), this.#clock.now());
    } catch {
      // If the database cannot be written, the next commit fails too, and the sender gets no
      // answer.
    } finally {
      this.#beingPerformed.delete(commandId);
    }
  }
}

// The sender may be of another version.
function readCommand({ verb, argument }: StoredCommand): RunCommand {
  const command: unknown = { ...(JSON.parse(argument) as object), verb };
  checkCommand(command);
  return command;
}
