import type { CommandOutcome, RunCommand } from "../backend/run-command.js";
import type { Clock } from "../ports.js";
import type { StoragePort, RunCommand as StoredCommand } from "../storage/StoragePort.js";
import { outcomeOfRefusal, writeOutcome } from "./command-outcome.js";
import { checkCommand } from "./validate-options.js";

/** The interval at which to poll for commands from other processes, in ms. */
const POLL_MS = 100;

/** After how many intervals to poll a storage that tells when it has changed. */
const POLLS_WHEN_TOLD = 10;

/** A command from another process, and the run that it is for. */
export interface ReceivedCommand {
  readonly commandId: number;
  readonly runId: string;
  readonly command: RunCommand;
}

export interface InboxOptions {
  readonly storage: StoragePort;
  readonly clock: Clock;
  readonly ownerId: string;
  /**
   * Performs a command. Returns undefined for a run that this engine no longer owns: the new owner
   * answers the command.
   */
  readonly perform: (received: ReceivedCommand) => Promise<CommandOutcome | undefined>;
  /** Called at each interval, with the instant at which it was due. */
  readonly eachPoll?: (dueAt: number) => void;
}

/**
 * While runs are active, receives the commands that other processes send to them, and answers each
 * one.
 */
export class CommandInbox {
  readonly #options: InboxOptions;
  /** The commands that are being performed, with their runs. */
  readonly #beingPerformed = new Map<number, string>();
  /** The answers that could not be stored yet, by command. A command is performed once. */
  readonly #unstored = new Map<number, string>();
  #cancelTimer: (() => void) | undefined;
  #stopListening: (() => void) | undefined;
  #dataVersion = -1;
  #isAsking = false;
  #hasChanged = true;
  #sincePoll = 0;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** Starts to poll; the timer also keeps the process alive while agents are awaited. */
  start(): void {
    if (this.#cancelTimer !== undefined) return;
    this.#forgetPosition();
    this.#stopListening = this.#options.storage.onChange?.(() => {
      this.#hasChanged = true;
      // Engines that commit thousands of turns must not make this one ask as often.
      if (this.#options.clock.now() - this.#askedAt >= POLL_MS) this.#ask();
    });
    this.#arm();
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  /** Returns whether a command to the run has been received and is not performed yet. */
  isAddressed(runId: string): boolean {
    return [...this.#beingPerformed.values()].includes(runId);
  }

  #arm(): void {
    const { clock, eachPoll } = this.#options;
    const dueAt = clock.now() + POLL_MS;
    this.#cancelTimer = clock.setTimer(POLL_MS, () => {
      this.#arm();
      eachPoll?.(dueAt);
      this.#poll();
    });
  }

  #poll(): void {
    this.#sincePoll += 1;
    if (this.#options.storage.asynchronous === undefined) return this.#look();
    if (this.#stopListening === undefined || this.#sincePoll >= POLLS_WHEN_TOLD)
      this.#hasChanged = true;
    this.#ask();
  }

  #look(): void {
    const { storage, ownerId } = this.#options;
    try {
      const dataVersion = storage.dataVersion();
      if (dataVersion === this.#dataVersion) return;
      this.#dataVersion = dataVersion;
      this.#receive(storage.pendingCommands(ownerId));
    } catch {
      // A busy database is queried again at the next poll; a broken one fails the next commit.
      this.#forgetPosition();
    }
  }

  /** Asks a storage across a network, unless nothing has changed or an answer is awaited. */
  #ask(): void {
    if (this.#hasChanged && !this.#isAsking && this.#cancelTimer !== undefined)
      void this.#askRemotely();
  }

  async #askRemotely(): Promise<void> {
    const { storage, ownerId } = this.#options;
    this.#isAsking = true;
    this.#hasChanged = false;
    this.#sincePoll = 0;
    this.#askedAt = this.#options.clock.now();
    try {
      const pending = (await storage.asynchronous?.pendingCommands(ownerId)) ?? [];
      // A command that is not performed now is performed by the next owner of its run.
      if (this.#cancelTimer === undefined) return;
      this.#receive(pending);
    } catch {
      // A database that does not answer is asked again at the next poll.
    } finally {
      this.#isAsking = false;
    }
  }

  #receive(pending: readonly StoredCommand[]): void {
    for (const stored of pending) void this.#answer(stored);
    if (this.#unstored.size === 0) return;
    // Its sender has withdrawn it.
    const open = new Set(pending.map(({ commandId }) => commandId));
    for (const commandId of this.#unstored.keys())
      if (!open.has(commandId)) this.#unstored.delete(commandId);
  }

  async #answer(stored: StoredCommand): Promise<void> {
    const { commandId, runId } = stored;
    if (this.#beingPerformed.has(commandId)) return;
    this.#beingPerformed.set(commandId, runId);
    try {
      const answer = this.#unstored.get(commandId) ?? (await this.#perform(stored));
      if (answer === undefined) return;
      this.#unstored.set(commandId, answer);
      await this.#store(commandId, answer);
      this.#unstored.delete(commandId);
    } catch {
      // The command is found again at the next poll.
      this.#forgetPosition();
    } finally {
      this.#beingPerformed.delete(commandId);
    }
  }

  async #perform(stored: StoredCommand): Promise<string | undefined> {
    const { commandId, runId } = stored;
    const received = async (): Promise<ReceivedCommand> => ({
      ...{ commandId, runId },
      command: readCommand(stored),
    });
    const outcome = await received().then(this.#options.perform).catch(refusalOrThrow);
    return outcome && writeOutcome(outcome);
  }

  #store(commandId: number, answer: string): Promise<void> | void {
    const { storage, clock } = this.#options;
    const at = clock.now();
    return storage.asynchronous === undefined
      ? storage.answerCommand(commandId, answer, at)
      : storage.asynchronous.answerCommand(commandId, answer, at);
  }

  /** Makes the next poll read the commands even if nothing has changed. */
  #forgetPosition(): void {
    this.#dataVersion = -1;
    this.#hasChanged = true;
  }
}

// A command that the database has prevented is tried again.
function refusalOrThrow(error: unknown): CommandOutcome {
  const outcome = outcomeOfRefusal(error);
  if (outcome === undefined) throw error;
  return outcome;
}

// The sender may be of another version.
function readCommand({ verb, argument }: StoredCommand): RunCommand {
  const command: unknown = { ...(JSON.parse(argument) as object), verb };
  checkCommand(command);
  return command;
}
