import { WorkflowError } from "@automatosx/workflow/errors";
import { ownerState, type StoredRun } from "@automatosx/workflow/observe";
import type { ApiError } from "../api/common.schema.js";
import type { Messages } from "../api/message.schema.js";
import type { Reading } from "./Reading.js";
import { ownerOf } from "./RunRows.js";
import { readPulse } from "./read-pulse.js";
import { readActions, readEntries } from "./read-run.js";
import { apiErrorOf } from "./refuse.js";

/** How many entries one message contains at most. */
const MAX_ENTRIES = 500;

/** The least time between two messages of a kind, in ms. */
const PAUSES_MS = { entries: 50, log: 250, runs: 400, owner: 50 } as const;

/** How often a run's owner and a watched log are looked at without a change, in ms. */
const OWNER_CHECK_MS = 1000;

/** How often the server says that it is there, in ms. */
const PING_MS = 15_000;

/** How many rows one message contains at most. */
const MAX_ROWS = 100;

/** What a stream sends. */
export interface Watching {
  /** The run whose journal follows. */
  readonly run?: StoredRun;
  /** The attempt of it whose log is shown. */
  readonly log?: { readonly step: string; readonly attempt: number };
  /** The last entry of it that the client has. */
  readonly after: number;
  /** Runs that have changed since this instant are sent first. */
  readonly since: number;
}

type Kind = keyof typeof PAUSES_MS;

/**
 * The messages of one stream. A message is made when the connection can take it, from what the
 * client does not have yet; nothing waits in a queue, so a slow client costs no memory.
 */
export class EventStream {
  readonly #reading: Reading;
  readonly #watching: Watching;
  readonly #stopListening: () => void;
  readonly #sentAt = new Map<Kind | "ping", number>();
  /** What may have changed since it was last looked at. */
  readonly #due = new Set<Kind>();
  #seq: number;
  #revision: number;
  // The owner is sent first: it may have died since the client read the run.
  #owner = "";
  #gates: number | undefined;
  #lineCount: number | undefined;
  #isClosed = false;
  #isJournalDamaged = false;
  #wake: (() => void) | undefined;

  constructor(reading: Reading, watching: Watching) {
    this.#reading = reading;
    this.#watching = watching;
    this.#seq = watching.after;
    this.#stopListening = reading.changes.listen(() => this.#noteChange());
    reading.recent.look();
    this.#revision = reading.recent.revision;
    this.#sentAt.set("ping", Number.NEGATIVE_INFINITY);
    this.#noteChange();
  }

  /** Ends the stream. */
  close(): void {
    this.#isClosed = true;
    this.#stopListening();
    this.#wake?.();
  }

  /** Waits for the next messages, and returns them as text. Undefined if the stream has ended. */
  async next(): Promise<string | undefined> {
    while (!this.#isClosed) {
      const text = await this.#collect();
      if (text !== "") return text;
      await this.#pause();
    }
    return undefined;
  }

  #noteChange(): void {
    const { run, log } = this.#watching;
    if (run !== undefined) this.#due.add("entries").add("owner");
    if (run !== undefined && log !== undefined) this.#due.add("log");
    this.#due.add("runs");
    this.#wake?.();
  }

  // What one part has read is sent even if the next one fails: the client has to get each entry.
  async #collect(): Promise<string> {
    const parts: string[] = [];
    try {
      const { lost } = this.#reading.changes;
      if (lost !== undefined) throw lost;
      if (this.#isDue("entries")) parts.push(this.#entries());
      if (this.#isDue("owner")) parts.push(this.#ownerChange());
      if (this.#isDue("log")) parts.push(await this.#log());
      if (this.#isDue("runs")) parts.push(this.#runs());
      parts.push(this.#ping());
    } catch (error) {
      if (!(error instanceof WorkflowError)) {
        this.close();
        throw error;
      }
      // A busy database is looked at again after the pause.
      if (error.code === "database_busy") this.#noteChange();
      else parts.push(this.#end(error));
    }
    return parts.join("");
  }

  // What is sent for the last time: the client has to ask what is wrong.
  #end(error: WorkflowError): string {
    this.close();
    return message("problem", apiErrorOf(error));
  }

  #isDue(kind: Kind): boolean {
    const passedMs = performance.now() - (this.#sentAt.get(kind) ?? Number.NEGATIVE_INFINITY);
    if (kind === "owner" && this.#watching.run !== undefined && passedMs >= OWNER_CHECK_MS)
      return true;
    // An engine of this process does not say when it has written a log alone.
    if (kind === "log" && this.#watching.log !== undefined && passedMs >= OWNER_CHECK_MS)
      return true;
    return this.#due.has(kind) && passedMs >= PAUSES_MS[kind];
  }

  #looked(kind: Kind): void {
    this.#sentAt.set(kind, performance.now());
    this.#due.delete(kind);
  }

  #entries(): string {
    const { run } = this.#watching;
    this.#looked("entries");
    if (run === undefined || this.#isJournalDamaged) return "";
    const { runId } = run;
    const journal = this.#reading.storage.readJournal(runId, this.#seq);
    const read = readEntries(journal, this.#reading.wire(run), MAX_ENTRIES);
    const { entries, isCut, damage } = read;
    if (entries.length > 0 || damage !== undefined) this.#present();
    if (isCut) this.#due.add("entries");
    this.#seq = entries.at(-1)?.[0] ?? this.#seq;
    this.#isJournalDamaged = damage !== undefined;
    return (
      (entries.length === 0
        ? ""
        : message("entries", { runId, entries: [...entries] }, this.#seq)) +
      (damage === undefined ? "" : message("problem", apiErrorOf(damage)))
    );
  }

  async #log(): Promise<string> {
    this.#looked("log");
    const { run, log } = this.#watching;
    if (run === undefined || log === undefined) return "";
    const { runId, createdAt } = run;
    const { step, attempt } = log;
    const read = await this.#reading.logs.latest({ runId, createdAt, stepId: step, attempt });
    const [lines, at] = [read.count(), read.lastAt];
    if (lines === this.#lineCount) return "";
    this.#lineCount = lines;
    return message("log", { runId, step, attempt, lines, ...(at !== undefined && { at }) });
  }

  #ownerChange(): string {
    this.#looked("owner");
    const run = this.#present();
    const signature = this.#signatureOf(run);
    if (signature === this.#owner) return "";
    this.#owner = signature;
    const owner = ownerOf(run, this.#reading.now()) ?? null;
    const row = this.#reading.rows.row(run);
    return message("owner", { owner, row, actions: readActions(this.#reading, run) });
  }

  /** The row of the watched run. Another run may have got the id of one that was removed. */
  #present(): StoredRun {
    const { runId = "", createdAt } = this.#watching.run ?? {};
    const run = this.#reading.storage.getRun(runId);
    if (run !== undefined && run.createdAt === createdAt) return run;
    throw new WorkflowError("run_not_found", `Run ${runId} was removed.`);
  }

  #signatureOf(run: StoredRun): string {
    const { status, state, leaseEpoch, pauseReason, owner, failedRecoveries } = run;
    const ownedBy = [owner?.ownerId, ownerState(run, this.#reading.now())];
    return JSON.stringify([status, state, leaseEpoch, pauseReason, failedRecoveries, ...ownedBy]);
  }

  #runs(): string {
    const { recent, rows } = this.#reading;
    const isFirst = !this.#sentAt.has("runs");
    this.#looked("runs");
    recent.look();
    const changed = isFirst
      ? recent.updatedSince(this.#watching.since)
      : recent.changedAfter(this.#revision);
    this.#revision = recent.revision;
    const pulse = readPulse(this.#reading);
    const gates = pulse.gates === this.#gates ? "" : message("gates", { open: pulse.gates });
    this.#gates = pulse.gates;
    if (changed.length === 0 && !isFirst) return gates;
    return gates + message("runs", { runs: rows.list(changed.slice(0, MAX_ROWS)), pulse });
  }

  #ping(): string {
    const sentAt = this.#sentAt.get("ping") ?? 0;
    if (performance.now() - sentAt < PING_MS) return "";
    this.#sentAt.set("ping", performance.now());
    return message("ping", { now: this.#reading.now() });
  }

  /** Waits until something may be due. */
  #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const dueAt = [...this.#due].map((kind) => (this.#sentAt.get(kind) ?? 0) + PAUSES_MS[kind]);
    const pingAt = (this.#sentAt.get("ping") ?? 0) + PING_MS;
    const checkAt =
      this.#watching.run === undefined
        ? Number.POSITIVE_INFINITY
        : (this.#sentAt.get("owner") ?? 0) + OWNER_CHECK_MS;
    const waitMs = Math.max(1, Math.min(...dueAt, pingAt, checkAt) - performance.now());
    const timer = setTimeout(resolve, waitMs);
    timer.unref();
    // Changes come in bursts: those within a pause are read together.
    this.#wake = dueAt.length > 0 ? undefined : resolve;
    return promise.finally(() => clearTimeout(timer));
  }
}

/** A server-sent event. Its data is JSON, which has no line breaks. */
function message<Name extends keyof Messages>(
  name: Name,
  data: Messages[Name] | ApiError,
  id?: number,
): string {
  const line = id === undefined ? "" : `id: ${id}\n`;
  return `event: ${name}\n${line}data: ${JSON.stringify(data)}\n\n`;
}
