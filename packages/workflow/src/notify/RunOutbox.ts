import { RunReader } from "../journal/RunReader.js";
import type { NoticePosition, StoragePort } from "../storage/StoragePort.js";
import { isSubscribed, percentsIn, RunNotices } from "./notices-of.js";
import { isAfter, positionAfter, type WaitingNotice } from "./outbox-position.js";
import type { Receiver } from "./Receiver.js";

/** The journal is not read further while this many notices wait for a receiver. */
const MAX_WAITING = 500;

/** How many entries are read at once. */
const READ_COUNT = 256;

/** The notices of a run for one receiver. */
export interface Mailbox {
  readonly id: string;
  readonly receiver: Receiver;
  position: NoticePosition;
  readonly waiting: WaitingNotice[];
}

/**
 * The notices of one run that have not been delivered, derived from its journal. It delivers
 * nothing itself.
 */
export class RunOutbox {
  readonly runId: string;
  readonly mailboxes: readonly Mailbox[];
  readonly #storage: StoragePort;
  readonly #reader: RunReader;
  readonly #notices: RunNotices;

  /**
   * Opens the outbox of a run for those of its receivers that this engine has, by id. Undefined if
   * it has none of them. Throws `run_not_found` or `journal_damaged`.
   */
  static open(
    storage: StoragePort,
    runId: string,
    receivers: ReadonlyMap<string, Receiver>,
  ): RunOutbox | undefined {
    const mailboxes = storage.notices.ofRun(runId).flatMap((position): Mailbox[] => {
      const receiver = receivers.get(position.receiver);
      return receiver === undefined
        ? []
        : [{ id: position.receiver, receiver, position, waiting: [] }];
    });
    return mailboxes.length === 0 ? undefined : new RunOutbox(storage, runId, mailboxes);
  }

  private constructor(storage: StoragePort, runId: string, mailboxes: readonly Mailbox[]) {
    this.runId = runId;
    this.mailboxes = mailboxes;
    this.#storage = storage;
    this.#reader = RunReader.open(storage, runId);
    const start = Math.min(...mailboxes.map(({ position }) => position.seq));
    if (start > 0) this.#reader.catchUp(start);
    const percents = mailboxes.flatMap(({ receiver }) => percentsIn(receiver.on));
    this.#notices = new RunNotices(this.#reader.row, this.#reader.view, percents);
  }

  /** The last entry whose notices are delivered or wait here. */
  get seq(): number {
    return this.#reader.seq;
  }

  get isEmpty(): boolean {
    return this.mailboxes.every(({ waiting }) => waiting.length === 0);
  }

  /** Reads what the journal has gained. Throws `journal_damaged`, and what the storage throws. */
  read(): void {
    for (;;) {
      if (this.mailboxes.some(({ waiting }) => waiting.length >= MAX_WAITING)) return;
      const before = this.#reader.seq;
      this.#readTo(before + READ_COUNT);
      if (this.#reader.seq < before + READ_COUNT) return;
    }
  }

  #readTo(seq: number): void {
    const parts = new Map<string, { seq: number; part: number }>();
    for (const event of this.#reader.advance(seq))
      for (const notice of this.#notices.of(event))
        for (const { id, receiver, position, waiting } of this.mailboxes) {
          if (!isSubscribed(receiver.on, notice)) continue;
          const last = parts.get(id);
          const part = last?.seq === notice.seq ? last.part + 1 : 1;
          parts.set(id, { seq: notice.seq, part });
          if (isAfter({ seq: notice.seq, part }, position)) waiting.push({ notice, part });
        }
  }

  /** Takes over what another engine has delivered since the outbox was opened. */
  refresh(): void {
    for (const position of this.#storage.notices.ofRun(this.runId)) {
      const mailbox = this.mailboxes.find(({ id }) => id === position.receiver);
      if (mailbox === undefined) continue;
      mailbox.position = position;
      const rest = mailbox.waiting.filter(({ notice, part }) =>
        isAfter({ seq: notice.seq, part }, position),
      );
      mailbox.waiting.splice(0, mailbox.waiting.length, ...rest);
    }
  }

  /** Stores a failed attempt at the next notice of a mailbox. */
  failed(mailbox: Mailbox, error: string, dueAt: number): void {
    const { failures } = mailbox.position;
    this.#record(mailbox, { failures: failures + 1, error, dueAt });
  }

  /** Removes the next notice of a mailbox, which was delivered; with `error`, was given up. */
  settled(mailbox: Mailbox, error?: string): void {
    const [done] = mailbox.waiting;
    if (done === undefined) return;
    mailbox.waiting.shift();
    const { givenUp } = mailbox.position;
    this.#record(mailbox, {
      ...positionAfter(done, mailbox.waiting[0], this.seq),
      failures: 0,
      ...(error !== undefined && { error, givenUp: givenUp + 1 }),
    });
  }

  /** Stores that every notice of the entries that were read is delivered or given up. */
  finish(): void {
    for (const mailbox of this.mailboxes)
      if (mailbox.waiting.length === 0 && mailbox.position.seq < this.seq)
        this.#record(mailbox, { ...keptError(mailbox.position), seq: this.seq, part: 0 });
  }

  #record(mailbox: Mailbox, changes: Partial<NoticePosition>): void {
    const { dueAt: _, error: __, ...kept } = mailbox.position;
    const position = { ...kept, ...changes };
    this.#storage.notices.record(position);
    mailbox.position = position;
  }
}

// A receiver that was given up has an error until it is reached again.
function keptError({ error }: NoticePosition): Partial<NoticePosition> {
  return error === undefined ? {} : { error };
}
