import { createDashboard } from "@automatosx/dashboard";
import { goesBack, type ReceivedRun, receivedRun } from "@automatosx/dashboard/fold";
import type { StoragePort } from "@automatosx/workflow";
import { RunReader } from "@automatosx/workflow/observe";
import { openQuestions, type RunView } from "@automatosx/workflow/run-view";

type Run = Parameters<typeof receivedRun>[0];
type WireEntry = Parameters<typeof goesBack>[0];

const HOST = "127.0.0.1:4500";

/** The runs of a storage, received from the API as the page receives them. */
export class PageClient {
  readonly #app: ReturnType<typeof createDashboard>;

  /** `resultBytes` and `entryCount`: see `DashboardOptions.limits`. */
  constructor(storage: StoragePort, limits: { resultBytes: number; entryCount: number }) {
    const refuse = (): never => {
      throw new Error("Nothing is changed here.");
    };
    this.#app = createDashboard({
      ...{ storage, key: "k", hosts: [HOST], folder: "/", version: "", limits },
      control: { send: refuse, fork: refuse, launch: refuse, typed: (words) => words.join(" ") },
    });
  }

  run(runId: string): Promise<Run> {
    return this.#get(`/runs/${encodeURIComponent(runId)}`);
  }

  async journal(runId: string, after: number): Promise<readonly WireEntry[]> {
    const path = `/runs/${encodeURIComponent(runId)}/journal?after=${after}`;
    return (await this.#get<{ readonly entries: readonly WireEntry[] }>(path)).entries;
  }

  async #get<T>(path: string): Promise<T> {
    const headers = { Host: HOST, Authorization: "Bearer k" };
    const response = await this.#app.fetch(
      new Request(`http://${HOST}/api/v1${path}`, { headers }),
    );
    const body = (await response.json()) as T;
    if (response.status === 200) return body;
    throw new Error(`${path}: ${response.status} ${JSON.stringify(body)}`);
  }
}

/** How the page keeps a run: it loads it again where its results are needed. */
export class PageRun {
  readonly #client: PageClient;
  readonly #runId: string;
  #received: ReceivedRun | undefined;
  #hasStubs = false;
  #reloadCount = 0;

  constructor(client: PageClient, runId: string) {
    this.#client = client;
    this.#runId = runId;
  }

  get view(): RunView | undefined {
    return this.#received && sameView(this.#received.view);
  }

  /** How often it was loaded again since the last call. */
  takeReloads(): number {
    const count = this.#reloadCount;
    this.#reloadCount = 0;
    return count;
  }

  /** Follows the journal to its end. `onEntry` is called after each entry that was folded. */
  async follow(onEntry: (view: RunView) => void): Promise<void> {
    if (this.#received === undefined) await this.#load(onEntry);
    else {
      for (const entry of await this.#client.journal(this.#runId, this.#received.view.seq)) {
        if (this.#hasStubs && goesBack(entry)) {
          this.#reloadCount += 1;
          return await this.#load(onEntry);
        }
        this.#fold(entry, onEntry);
      }
    }
  }

  async #load(onEntry: (view: RunView) => void): Promise<void> {
    const run = await this.#client.run(this.#runId);
    this.#hasStubs = run.hasStubs;
    // What was received at once is folded entry by entry, to compare each state.
    if (run.snapshot === undefined) {
      this.#received = receivedRun({ ...run, entries: [] });
      for (const entry of run.entries) this.#fold(entry, onEntry);
    } else this.#received = receivedRun(run);
    if (this.view !== undefined) onEntry(this.view);
  }

  #fold(entry: WireEntry, onEntry: (view: RunView) => void): void {
    const { view, carried } = this.#received ?? {};
    if (view === undefined || carried === undefined) throw new Error("Nothing was received.");
    view.fold(carried.take(entry));
    onEntry(sameView(view));
  }
}

// Two bundles contain the class, so their types differ by name.
function sameView(view: ReceivedRun["view"]): RunView {
  return view as unknown as RunView;
}

/** The states of a run after each of its entries, as `RunReader` reads them. */
export class ReadStates {
  readonly #storage: StoragePort;
  readonly #runId: string;
  readonly #states: string[] = [];
  #reader: RunReader | undefined;

  constructor(storage: StoragePort, runId: string) {
    this.#storage = storage;
    this.#runId = runId;
  }

  /** The state after an entry. */
  at(seq: number): string {
    this.#reader ??= RunReader.openJournal(this.#storage, this.#runId);
    while (this.#states.length <= seq) {
      const next = this.#states.length;
      if (next > 0) this.#advanceTo(this.#reader, next);
      this.#states.push(stateOf(this.#reader.view));
    }
    return this.#states[seq] ?? "";
  }

  #advanceTo(reader: RunReader, seq: number): void {
    for (const _ of reader.advance(seq)) {
      // The events are not compared.
    }
  }
}

/** Everything that a page shows of a run, without the results themselves. */
export function stateOf(view: RunView): string {
  return JSON.stringify(
    {
      seq: view.seq,
      state: view.state,
      error: view.error,
      errorCode: view.errorCode,
      pausedFor: view.pausedFor,
      stopped: view.stopped,
      counts: view.counts(),
      budget: view.budget(),
      metrics: view.metrics(),
      steps: view
        .steps()
        .map(({ result, ...step }) => ({ ...step, hasResult: result !== undefined })),
      questions: openQuestions(view),
      checkpoints: view.checkpoints(),
    },
    null,
    1,
  );
}
