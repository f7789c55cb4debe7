import { asWorkflowError } from "../errors.js";
import type { Clock } from "../ports.js";
import { SecretMask } from "../secrets/SecretMask.js";
import { isGone, isOwned } from "../storage/owner-state.js";
import type { NoticeReceiver, RunOwner, StoragePort } from "../storage/StoragePort.js";
import type { AttemptLimits, Delivery } from "./Delivery.js";
import type { Notice } from "./Notice.js";
import { postNotice } from "./post-notice.js";
import {
  type NotifyOptions,
  type Receiver,
  receiverId,
  receiverName,
  secretsOf,
} from "./Receiver.js";
import { type Mailbox, RunOutbox } from "./RunOutbox.js";
import { runHook } from "./run-hook.js";

/** How long to wait for further entries before a journal is read, in ms. */
const READ_DELAY_MS = 20;

/** How long one attempt may take, unless the receiver sets another limit, in ms. */
const DEFAULT_TIMEOUT_MS = 10_000;

/** How many times a notice is tried before it is given up. */
export const MAX_ATTEMPTS = 12;

/** The delay after the first failed attempt, which doubles with each, up to the longest. In ms. */
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 300_000;

/** For how long other engines leave the notices of a run to this one, in ms. */
const HELD_MS = 60_000;

/** How often to ask again for notices that another engine holds, or a database that is busy. */
const ASK_AGAIN_MS = 2_000;

/** How often to look for notices whose engine has died, in ms. */
const SWEEP_MS = 60_000;

/** How many runs are swept at once. */
const SWEEP_LIMIT = 100;

/** How long a closing engine waits for the last deliveries, in ms. */
const CLOSING_MS = 10_000;

/** What a notifier needs of its engine. */
export interface NotifierHost {
  readonly storage: StoragePort;
  readonly clock: Clock;
  readonly owner: RunOwner;
  /** Whether the run is active in this engine. */
  isActive(runId: string): boolean;
}

/**
 * Tells receivers what happens in the runs of an engine, and in runs whose engines have died before
 * they could. What to tell is read from the journals, so no commit waits for a delivery, and a
 * notice is delivered at least once. The notices of a run reach a receiver in order.
 */
export class Notifier {
  readonly #host: NotifierHost;
  readonly #options: NotifyOptions;
  readonly #receivers: ReadonlyMap<string, Receiver>;
  readonly #mask: SecretMask;
  readonly #outboxes = new Map<string, RunOutbox>();
  readonly #dirty = new Set<string>();
  readonly #heldUntil = new Map<string, number>();
  /** What waits for its next attempt, by run and receiver. */
  readonly #timers = new Map<string, { readonly dueAt: number; cancel(): void }>();
  /** Runs whose receivers could not be stored yet, with the entry after which they begin. */
  readonly #unstored = new Map<string, number>();
  /** The deliveries in progress, by run and receiver. */
  readonly #deliveries = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  #cancelRead: (() => void) | undefined;
  #cancelSweep: (() => void) | undefined;
  #hasSwept = false;
  /** Until when a closing engine waits. */
  #closingAt: number | undefined;
  #becomeIdle: () => void = () => undefined;

  constructor(host: NotifierHost, options: NotifyOptions) {
    this.#host = host;
    this.#options = options;
    this.#receivers = new Map(options.receivers.map((each) => [receiverId(each), each]));
    this.#mask = new SecretMask(options.receivers.flatMap(secretsOf));
  }

  /** The receivers of a run, whose notices begin after this entry. */
  receiversOf(runId: string, seq: number): NoticeReceiver[] {
    return [...this.#receivers].map(([receiver, each]) => ({
      ...{ runId, receiver, seq },
      name: receiverName(each),
    }));
  }

  /** Adds the receivers to a run that this engine resumes at this entry. */
  adopt(runId: string, seq: number): void {
    this.#unstored.set(runId, seq);
    this.#storeReceivers(runId);
    this.changed(runId);
  }

  // A database that is busy is asked again when the journal of the run is read.
  #storeReceivers(runId: string): void {
    const seq = this.#unstored.get(runId);
    if (seq === undefined) return;
    try {
      this.#host.storage.notices.add(this.receiversOf(runId, seq));
      this.#unstored.delete(runId);
    } catch {
      // The resumed run must not fail because of its notices.
    }
  }

  /** The journal of a run of this engine has new entries, or the run is no longer active here. */
  changed(runId: string): void {
    this.#dirty.add(runId);
    this.#readSoon();
  }

  #readSoon(): void {
    this.#cancelRead ??= this.#host.clock.setTimer(READ_DELAY_MS, () => {
      this.#cancelRead = undefined;
      this.#readAll();
    });
  }

  /** Begins to look for notices whose engine has died, now and from time to time. */
  start(): void {
    this.#sweepIn(0);
  }

  #sweepIn(delayMs: number): void {
    const sweep = (): void => this.#sweep();
    this.#cancelSweep = this.#host.clock.setTimer(delayMs, sweep, { keepsAlive: delayMs === 0 });
  }

  #sweep(): void {
    this.#hasSwept = true;
    this.#noteAbandoned();
    if (this.#dirty.size > 0) this.#readSoon();
    this.#sweepIn(SWEEP_MS);
  }

  #noteAbandoned(): void {
    try {
      for (const runId of this.#abandoned()) this.#dirty.add(runId);
    } catch {
      // A database that cannot be read now is read later.
    }
  }

  #abandoned(): readonly string[] {
    const { storage, clock } = this.#host;
    const runIds = storage.notices
      .unsettled()
      .filter(({ receiver }) => this.#receivers.has(receiver))
      .map(({ runId }) => runId);
    return [...new Set(runIds)]
      .filter((runId) => {
        if (this.#outboxes.has(runId) || this.#host.isActive(runId)) return false;
        const run = storage.getRun(runId);
        return run !== undefined && !isOwned(run, clock.now());
      })
      .slice(0, SWEEP_LIMIT);
  }

  /**
   * Delivers what is still to be delivered, for at most ten seconds, and stops. What is left is
   * delivered by the next engine.
   */
  async close(): Promise<void> {
    this.#cancelRead?.();
    this.#cancelRead = undefined;
    this.#cancelSweep?.();
    const { clock } = this.#host;
    this.#closingAt = clock.now() + CLOSING_MS;
    // An engine that lives for an instant delivers what it finds, too.
    if (!this.#hasSwept) this.#noteAbandoned();
    for (const runId of this.#outboxes.keys()) this.#dirty.add(runId);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#becomeIdle = resolve;
    const cancel = clock.setTimer(CLOSING_MS, resolve);
    this.#readAll();
    if (this.#outboxes.size > 0) await promise;
    cancel();
    this.#stop.abort();
    for (const timer of this.#timers.values()) timer.cancel();
    await Promise.all(this.#deliveries.values());
    for (const runId of [...this.#heldUntil.keys()]) this.#release(runId);
  }

  #readAll(): void {
    const runIds = [...this.#dirty];
    this.#dirty.clear();
    for (const runId of runIds) this.#read(runId);
  }

  #read(runId: string): void {
    if (this.#stop.signal.aborted) return;
    try {
      this.#storeReceivers(runId);
      const outbox = this.#outboxOf(runId);
      if (outbox === undefined) return;
      outbox.read();
      for (const mailbox of outbox.mailboxes) this.#begin(outbox, mailbox);
      this.#leaveIfDone(outbox);
    } catch (error) {
      this.#failed(runId, error);
    }
  }

  #outboxOf(runId: string): RunOutbox | undefined {
    const known = this.#outboxes.get(runId);
    if (known !== undefined) return known;
    const outbox = RunOutbox.open(this.#host.storage, runId, this.#receivers);
    if (outbox !== undefined) this.#outboxes.set(runId, outbox);
    return outbox;
  }

  #begin(outbox: RunOutbox, mailbox: Mailbox): void {
    const key = keyOf(outbox.runId, mailbox.id);
    if (mailbox.waiting.length === 0 || this.#deliveries.has(key) || this.#timers.has(key)) return;
    const delivery = this.#deliver(outbox, mailbox, key)
      .catch((error: unknown) => this.#failed(outbox.runId, error))
      .finally(() => {
        this.#deliveries.delete(key);
        if (this.#outboxes.has(outbox.runId)) this.#read(outbox.runId);
      });
    this.#deliveries.set(key, delivery);
  }

  /** Delivers the notices of a mailbox in order, until it is empty or an attempt has failed. */
  async #deliver(outbox: RunOutbox, mailbox: Mailbox, key: string): Promise<void> {
    const { clock } = this.#host;
    while (mailbox.waiting.length > 0 && !this.#stop.signal.aborted) {
      // A closing engine leaves the notices to the engine that holds them.
      if (!this.#claim(outbox))
        return this.#closingAt === undefined
          ? this.#later(key, outbox.runId, ASK_AGAIN_MS)
          : this.#forget(outbox.runId);
      const [next] = mailbox.waiting;
      if (next === undefined) return;
      const { dueAt = 0 } = mailbox.position;
      if (dueAt > clock.now()) return this.#later(key, outbox.runId, dueAt - clock.now());
      const delivery = await this.#attempt(mailbox.receiver, next.notice);
      if (delivery.ok) outbox.settled(mailbox);
      // An attempt that the engine cut short says nothing about the receiver.
      else if (this.#stop.signal.aborted) return;
      else this.#note(outbox, mailbox, delivery);
    }
  }

  #note(outbox: RunOutbox, mailbox: Mailbox, delivery: Extract<Delivery, { ok: false }>): void {
    const { failures, error: lastError } = mailbox.position;
    const error = this.#mask.text(delivery.error);
    // After a notice was given up, the next ones only try whether the receiver is back.
    const isDown = failures === 0 && lastError !== undefined;
    const isLast = isDown || failures + 1 >= MAX_ATTEMPTS || delivery.isFinal === true;
    if (isLast) return outbox.settled(mailbox, error);
    const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures);
    const now = this.#host.clock.now();
    outbox.failed(mailbox, error, now + Math.max(delay, delivery.retryAfterMs ?? 0));
  }

  async #attempt(receiver: Receiver, notice: Notice): Promise<Delivery> {
    const limits: AttemptLimits = {
      timeoutMs: receiver.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      signal: this.#stop.signal,
    };
    const command = this.#commandFor(notice);
    const sent = command === undefined ? notice : { ...notice, command };
    return "url" in receiver
      ? postNotice(receiver, sent, limits, this.#host.clock.now())
      : runHook(receiver, sent, limits);
  }

  #commandFor(notice: Notice): string | undefined {
    try {
      return this.#options.commandFor?.(notice);
    } catch {
      // A notice without a command is better than none.
      return undefined;
    }
  }

  /** Whether this engine may deliver the notices of the run, and for a while. */
  #claim(outbox: RunOutbox): boolean {
    const { storage, clock, owner } = this.#host;
    const { runId } = outbox;
    const now = clock.now();
    const heldUntil = this.#heldUntil.get(runId);
    if (heldUntil !== undefined && heldUntil - now > HELD_MS / 2) return true;
    const claim = { runId, owner, now, heldUntil: now + HELD_MS };
    if (!storage.notices.claim({ ...claim, isDead: (other) => isGone(other, runId) })) return false;
    this.#heldUntil.set(runId, claim.heldUntil);
    if (heldUntil === undefined) outbox.refresh();
    return true;
  }

  #later(key: string, runId: string, delayMs: number): void {
    const { clock } = this.#host;
    const wake = (): void => {
      this.#timers.delete(key);
      this.#read(runId);
    };
    const cancel = clock.setTimer(delayMs, wake, { keepsAlive: false });
    this.#timers.set(key, { dueAt: clock.now() + delayMs, cancel });
  }

  /** Forgets a run that is not active here once all its notices are delivered or given up. */
  #leaveIfDone(outbox: RunOutbox): void {
    const { runId } = outbox;
    if (!outbox.mailboxes.every((mailbox) => this.#isDone(outbox, mailbox))) return;
    if (this.#closingAt === undefined && this.#host.isActive(runId)) return;
    outbox.finish();
    this.#release(runId);
    this.#forget(runId);
  }

  /** Whether nothing is left for a receiver, or nothing that a closing engine waits for. */
  #isDone({ runId }: RunOutbox, { id, waiting }: Mailbox): boolean {
    if (waiting.length === 0) return true;
    const next = this.#timers.get(keyOf(runId, id));
    return next !== undefined && this.#closingAt !== undefined && next.dueAt > this.#closingAt;
  }

  #release(runId: string): void {
    if (!this.#heldUntil.delete(runId)) return;
    try {
      this.#host.storage.notices.release(runId, this.#host.owner.ownerId);
    } catch {
      // It is released when this process ends, at the latest.
    }
  }

  #forget(runId: string): void {
    this.#outboxes.delete(runId);
    if (this.#outboxes.size === 0) this.#becomeIdle();
  }

  // A database that is busy or full is asked again. The notices of a damaged run stay as they are.
  #failed(runId: string, error: unknown): void {
    const { code } = asWorkflowError(error);
    const isPassing = code === "database_busy" || code === "database_full";
    if (!isPassing || this.#stop.signal.aborted) return this.#forget(runId);
    const key = `${runId} read`;
    if (!this.#timers.has(key)) this.#later(key, runId, ASK_AGAIN_MS);
  }
}

function keyOf(runId: string, receiver: string): string {
  return `${runId} ${receiver}`;
}
