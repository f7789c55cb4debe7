import { WorkflowError } from "../errors.js";
import type { Clock } from "../ports.js";
import type { RunCommand, RunOwner, StoragePort } from "../storage/StoragePort.js";

/** How long a run stays with an engine that shows no sign of life, in ms. A dead process is seen sooner. */
const LEASE_MS = 30_000;

/** How often commands of other processes are looked for, in ms. */
const INBOX_MS = 100;

/** While runs are active: keeps their leases, and hands on what other processes ask of them. */
export class LeaseKeeper {
  readonly #storage: StoragePort;
  readonly #clock: Clock;
  readonly #owner: RunOwner;
  readonly #activeRuns: () => Iterable<string>;
  readonly #onCommand: (command: RunCommand) => Promise<string>;
  readonly #inHand = new Set<number>();
  readonly #pendingReleases = new Map<string, number>();
  #cancel: (() => void) | undefined;
  #renewAt = 0;
  #changes = -1;

  constructor(
    storage: StoragePort,
    clock: Clock,
    owner: RunOwner,
    activeRuns: () => Iterable<string>,
    onCommand: (command: RunCommand) => Promise<string>,
  ) {
    this.#storage = storage;
    this.#clock = clock;
    this.#owner = owner;
    this.#activeRuns = activeRuns;
    this.#onCommand = onCommand;
  }

  get leaseUntil(): number {
    return this.#clock.now() + LEASE_MS;
  }

  /** Begins, when a first run is active. The timer also keeps the process alive while agents are awaited. */
  start(): void {
    if (this.#cancel !== undefined) return;
    this.#renewAt = this.#clock.now() + LEASE_MS / 3;
    this.#changes = -1;
    this.#arm();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#releasePending();
  }

  /** Gives a run back that a full disk has stopped: now, or where that takes no write, when leases are renewed next. */
  release(runId: string, leaseEpoch: number): void {
    this.#pendingReleases.set(runId, leaseEpoch);
    this.#releasePending();
  }

  #releasePending(): void {
    try {
      for (const [runId, leaseEpoch] of this.#pendingReleases) {
        this.#storage.releaseLease(runId, leaseEpoch);
        this.#pendingReleases.delete(runId);
      }
    } catch {
      // Still full. Whoever has a dead owner, or a lease that is over, is taken up without being given back.
    }
  }

  #arm(): void {
    this.#cancel = this.#clock.setTimer(INBOX_MS, () => {
      this.#arm();
      this.#tick();
    });
  }

  #tick(): void {
    try {
      if (this.#clock.now() >= this.#renewAt) {
        // A run that was dropped when its storage failed is not worked on: its lease has to run out, or no one else could take it.
        this.#storage.renewLeases(this.#owner.ownerId, [...this.#activeRuns()], this.leaseUntil);
        this.#renewAt = this.#clock.now() + LEASE_MS / 3;
        this.#releasePending();
      }
      const changes = this.#storage.dataVersion();
      if (changes === this.#changes) return;
      this.#changes = changes;
      for (const command of this.#storage.pendingCommands(this.#owner.ownerId))
        void this.#handle(command);
    } catch {
      // A busy database is asked again at the next tick; a broken one fails the next commit, which says so.
      this.#changes = -1;
    }
  }

  async #handle(command: RunCommand): Promise<void> {
    if (this.#inHand.has(command.commandId)) return;
    this.#inHand.add(command.commandId);
    try {
      const answer = await this.#onCommand(command).catch(refusalOf);
      if (answer !== undefined)
        this.#storage.answerCommand(command.commandId, answer, this.#clock.now());
    } catch {
      // A database that cannot be written fails the next commit, which says so; the sender sees that no one answered.
    } finally {
      this.#inHand.delete(command.commandId);
    }
  }
}

// The sender is told why; a run that this engine has no more is another's to answer for.
function refusalOf(error: unknown): string | undefined {
  return error instanceof WorkflowError &&
    ["event_refused", "invalid_argument"].includes(error.code)
    ? error.message
    : undefined;
}
