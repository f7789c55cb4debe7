import type { RunFacts, RunView } from "@automatosx/run-view";
import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { ApiError, RunRow } from "../../api/common.schema.js";
import type { Messages } from "../../api/message.schema.js";
import type { GraphLayout, Run, RunActions, WireEntry } from "../../api/run.schema.js";
import { goesBack } from "../../fold/received-run.js";
import { Asked } from "./Asked.js";
import { ApiProblem } from "./call.js";
import { isJournalError, RunJournal } from "./RunJournal.js";
import { browserHost, type RunHost } from "./run-host.js";
import type { Used } from "./Usage.js";

/** How many entries are folded before the browser may do something else. */
const ENTRIES_PER_TASK = 250;
const ENTRIES_PER_REQUEST = 5000;
/** The history of a longer journal is read when it is asked for, not at once. */
const READ_AT_ONCE = 50_000;

/** The entry at which the fold has stopped, and why. */
export interface Damage {
  readonly seq: number;
  readonly message: string;
}

/**
 * A run as the page knows it: its journal, folded by the core. Components read `version` to be
 * rendered again when the run changes, and everything else from `view`.
 */
export class RunStore {
  readonly runId: string;
  /** Where the steps are drawn. */
  readonly layout: Signal<GraphLayout>;
  /** The row, as the server last sent it. */
  readonly row: Signal<RunRow>;
  /** What can be done with the run. */
  readonly actions: Signal<RunActions>;
  /** The runs that its steps started. */
  readonly children: Signal<readonly RunRow[]>;
  /** The attempt whose log is shown, `STEP/ATTEMPT`: the stream sends hints about it. */
  readonly watched = signal<string | undefined>(undefined);
  /** The last hint that the watched log has grown. */
  readonly logHint = signal<Messages["log"] | undefined>(undefined);
  /** The last command that was sent, and what became of it. */
  readonly asked: Asked;
  /** The current time by the server's clock; while an earlier event is shown, its instant. */
  readonly now: ReadonlySignal<number>;
  readonly #host: RunHost;
  #journal: RunJournal;
  #hasStubs: boolean;
  readonly #version = signal(0);
  readonly #at = signal<number | undefined>(undefined);
  readonly #head: Signal<number>;
  readonly #hasHistory: Signal<boolean>;
  readonly #damage = signal<Damage | undefined>(undefined);
  readonly #problem = signal<unknown>(undefined);
  #past: RunView | undefined;
  #wanted: number | undefined;
  #queue: WireEntry[] = [];
  #isFolding = false;
  #isReading = false;
  #isMarked = false;
  #history: Promise<void> | undefined;
  #stop: (() => void) | undefined;

  private constructor(run: Run, host: RunHost) {
    this.runId = run.row.runId;
    this.#host = host;
    this.#journal = new RunJournal(run);
    this.#hasStubs = run.hasStubs;
    this.layout = signal(run.layout);
    this.row = signal(run.row);
    this.actions = signal(run.actions);
    this.children = signal(run.children);
    this.#head = signal(run.head);
    this.#hasHistory = signal(this.#journal.hasHistory);
    this.asked = new Asked(this, host.send);
    this.now = computed(() => {
      const at = this.#at.value;
      return at === undefined || this.#past === undefined ? host.clock.value : this.#past.at;
    });
  }

  /** Folds what the server answered, and returns the store; nothing is followed yet. */
  static async open(run: Run, host: RunHost = browserHost()): Promise<RunStore> {
    const store = new RunStore(run, host);
    host.syncClock(run.now);
    await store.#begin(run);
    return store;
  }

  /** The run that is shown: up to its last entry, or up to the event that is looked back at. */
  get view(): RunView {
    return this.#at.peek() === undefined ? this.live : (this.#past ?? this.live);
  }

  /** The run up to the last entry, also while an earlier event is shown. */
  get live(): RunView {
    return this.#journal.live;
  }

  /** Changes with each change of `view`, at most once per frame. */
  get version(): ReadonlySignal<number> {
    return this.#version;
  }

  /** The event that is looked back at; undefined while the last one is shown. */
  get at(): ReadonlySignal<number | undefined> {
    return this.#at;
  }

  /** The sequence number of the last entry that the server has announced. */
  get head(): ReadonlySignal<number> {
    return this.#head;
  }

  /** The entries that the page has, in order; those of a long run have a gap at first. */
  get entries(): readonly WireEntry[] {
    return this.#journal.entries;
  }

  /** Whether the page has every entry. */
  get hasHistory(): ReadonlySignal<boolean> {
    return this.#hasHistory;
  }

  /** Why the journal cannot be folded any further; what is before that entry is shown. */
  get damage(): ReadonlySignal<Damage | undefined> {
    return this.#damage;
  }

  /** Why entries could not be read; the next connection tries again. */
  get problem(): ReadonlySignal<unknown> {
    return this.#problem;
  }

  /** Returns the run before its first entry, for a reader that folds it again. */
  beginning(): RunView {
    return this.#journal.viewAt(0);
  }

  /** The entries of a step, in order. */
  entriesOf(stepId: string): readonly WireEntry[] {
    return this.entries.filter(([, , , step]) => step === stepId);
  }

  /** What the attempts at a step, or one of them, had used at the event that is shown. */
  usedBy(stepId: string, attempt?: number): Used | undefined {
    return this.#journal.usedBy(stepId, this.view.seq, attempt);
  }

  /** Whether any attempt of the run has reported a cost, and whether any has reported tokens. */
  get knownUse(): { readonly usd: boolean; readonly tokens: boolean } {
    const { usd, tokens } = this.#journal.usage.known;
    // What the entries that a snapshot skipped have reported is in the row until they are read.
    const spent = this.#hasHistory.value ? undefined : this.row.value.figures?.spent;
    return {
      usd: usd || spent?.usd !== undefined,
      tokens: tokens || spent?.tokens !== undefined,
    };
  }

  /** The facts of the row and the journal from which a run's words are made. */
  get facts(): RunFacts {
    const { view } = this;
    const { owner, damage, backend } = this.row.value;
    const { status } = this.view;
    const isOnBackend = backend !== undefined && status === "running";
    const isPast = this.#at.value !== undefined;
    const cause = this.#damage.value?.message ?? damage;
    return {
      ...{ runId: this.runId, status, owner },
      // At an earlier event its process lived.
      ownerState: isPast ? "alive" : isOnBackend ? "backend" : (owner?.state ?? "none"),
      ...{ error: view.error, errorCode: view.errorCode },
      ...(cause !== undefined && { damage: cause }),
    };
  }

  /** Follows the run until `close` is called. */
  follow(): void {
    if (this.#stop !== undefined) return;
    const { stream } = this.#host;
    // The stream forgets which log was watched when it follows another run.
    stream.follow({ runId: this.runId, after: () => this.#lastSeq() });
    const stops = [
      stream.listen({
        entries: ({ runId, entries }) => runId === this.runId && this.receive(entries),
        owner: ({ row, actions }) => row.runId === this.runId && this.#renew(row, actions),
        log: (hint) => {
          if (hint.runId === this.runId) this.logHint.value = hint;
        },
        runs: ({ runs }) => this.#renewChildren(runs),
        problem: (problem) => this.#hear(problem),
      }),
      effect(() => stream.watch(this.watched.value)),
    ];
    this.#stop = () => {
      for (const stop of stops) stop();
      stream.follow(undefined);
    };
    this.#readEarlier();
  }

  // A run that was removed is not followed any more; what the page has of it stays.
  #hear(problem: ApiError): void {
    const { code, message } = problem;
    if (code === "journal_damaged") this.#damage.value ??= { seq: this.live.seq + 1, message };
    if (code !== "run_not_found") return;
    this.#problem.value = new ApiProblem(404, problem);
    this.#host.stream.follow(undefined);
  }

  /** Stops following. */
  close(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.asked.close();
  }

  /** Takes entries in any number; those that are missing before them are read from the server. */
  receive(entries: readonly WireEntry[]): void {
    const last = this.#lastSeq();
    const fresh = entries.filter(([seq]) => seq > last);
    const [first] = fresh;
    if (first === undefined) return;
    this.#head.value = Math.max(this.#head.peek(), fresh.at(-1)?.[0] ?? 0);
    if (first[0] !== last + 1) {
      void this.#readMissing();
      return;
    }
    this.#queue.push(...fresh);
    void this.#drain();
  }

  /**
   * Shows the run as it was after an entry; `undefined` shows its last one. Reads the entries that
   * the page does not have yet. Of several calls the last one counts.
   */
  async lookAt(seq: number | undefined): Promise<void> {
    this.#wanted = seq;
    try {
      if (seq !== undefined && !this.#journal.hasHistory) await this.readHistory();
    } catch (error) {
      this.#problem.value = error;
      throw error;
    }
    if (this.#wanted !== seq) return;
    const isLive = seq === undefined || seq >= this.live.seq;
    this.#past = isLive ? undefined : this.#journal.viewAt(Math.max(1, seq), this.#past);
    this.#at.value = isLive ? undefined : this.#past?.seq;
    this.#change();
  }

  /** Reads the entries that a snapshot has skipped. */
  readHistory(): Promise<void> {
    this.#history ??= this.#readHistory().catch((error: unknown) => {
      this.#history = undefined;
      throw error;
    });
    return this.#history;
  }

  #readEarlier(): void {
    if (this.#stop === undefined || this.#journal.hasHistory) return;
    if (this.#head.peek() > READ_AT_ONCE) return;
    // What is shown first does not need it.
    void this.#host
      .idle()
      .then(() => (this.#stop === undefined ? undefined : this.readHistory()))
      .catch(() => {});
  }

  #lastSeq(): number {
    return this.#queue.at(-1)?.[0] ?? this.live.seq;
  }

  async #readHistory(): Promise<void> {
    while (!this.#journal.hasHistory) {
      const after = this.#journal.historySeq;
      const { entries } = await this.#host.readJournal(this.runId, after, ENTRIES_PER_REQUEST);
      if (entries.length === 0) return;
      const fold = (entry: WireEntry): void => {
        if (!this.#journal.hasHistory) this.#journal.addSkipped(entry);
      };
      // A person who looks back waits for it; else everything else comes first.
      await this.#foldAll(entries, fold, () =>
        this.#wanted === undefined ? this.#host.idle() : this.#host.task(),
      );
    }
    this.#hasHistory.value = true;
    this.#problem.value = undefined;
    this.#mark();
  }

  async #readMissing(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      const after = this.#lastSeq();
      const { entries } = await this.#host.readJournal(this.runId, after, ENTRIES_PER_REQUEST);
      this.#problem.value = undefined;
      this.receive(entries);
      this.#isReading = false;
      if (this.#lastSeq() < this.#head.peek() && entries.length > 0) await this.#readMissing();
    } catch (error) {
      this.#problem.value = error;
    } finally {
      this.#isReading = false;
    }
  }

  async #drain(): Promise<void> {
    if (this.#isFolding) return;
    this.#isFolding = true;
    try {
      while (this.#queue.length > 0 && this.#damage.peek() === undefined) {
        const entries = this.#queue.slice(0, ENTRIES_PER_TASK);
        const back = entries.findIndex((entry) => this.#isBeyond(entry));
        const known = back < 0 ? entries : entries.slice(0, back);
        await this.#foldAll(known, (entry) => {
          this.#foldNext(entry);
          this.#queue.shift();
        });
        this.#mark();
        if (back >= 0) await this.#reload();
      }
    } catch (error) {
      this.#problem.value = error;
    } finally {
      this.#isFolding = false;
    }
  }

  /** Whether the run has to be read again before this entry can be folded and drawn. */
  #isBeyond(entry: WireEntry): boolean {
    return goesBack(entry) && (this.#hasStubs || entry[1] === "definition_changed");
  }

  /** Reads the whole run again, with every result, and with the layout of its new definition. */
  async #reload(): Promise<void> {
    const run = await this.#host.readRun(this.runId);
    this.#journal = new RunJournal(run);
    this.#hasStubs = run.hasStubs;
    this.#history = undefined;
    this.#hasHistory.value = this.#journal.hasHistory;
    this.layout.value = run.layout;
    await this.#begin(run);
    this.#queue = this.#queue.filter(([seq]) => seq > this.live.seq);
    this.#head.value = Math.max(this.#head.peek(), run.head);
    this.#renew(run.row, run.actions);
    this.#readEarlier();
    this.#past = undefined;
    const at = this.#at.peek();
    if (at !== undefined) await this.lookAt(at);
  }

  async #begin(run: Run): Promise<void> {
    await this.#foldAll(run.entries, (entry) => this.#foldNext(entry));
    this.#journal.jump();
    if (run.damage !== undefined)
      this.#damage.value = { seq: run.head + 1, message: run.damage.message };
  }

  async #foldAll(
    entries: readonly WireEntry[],
    fold: (entry: WireEntry) => void,
    pause = (): Promise<void> => this.#host.task(),
  ): Promise<void> {
    for (let from = 0; from < entries.length; from += ENTRIES_PER_TASK) {
      if (from > 0) await pause();
      for (const entry of entries.slice(from, from + ENTRIES_PER_TASK)) {
        if (this.#damage.peek() !== undefined) return;
        fold(entry);
      }
    }
  }

  #foldNext(entry: WireEntry): void {
    try {
      this.#journal.add(entry);
      this.asked.see(entry);
    } catch (error) {
      if (!isJournalError(error)) throw error;
      this.#damage.value = { seq: entry[0], message: error.message };
    }
  }

  #renew(row: RunRow, actions: RunActions): void {
    this.row.value = row;
    this.actions.value = actions;
    this.#mark();
  }

  #renewChildren(rows: readonly RunRow[]): void {
    const children = new Map(this.children.peek().map((row) => [row.runId, row]));
    for (const row of rows) {
      if (row.parentRunId === this.runId) children.set(row.runId, row);
      if (row.runId === this.runId) this.row.value = row;
    }
    this.children.value = [...children.values()];
  }

  // An effect that calls a method must not depend on what the method changes.
  #change(): void {
    this.#version.value = this.#version.peek() + 1;
  }

  /** Has the components rendered with the next frame. */
  #mark(): void {
    if (this.#isMarked) return;
    this.#isMarked = true;
    this.#host.frame(() => {
      this.#isMarked = false;
      this.#change();
    });
  }
}
