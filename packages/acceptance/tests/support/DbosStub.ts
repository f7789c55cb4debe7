import { AsyncLocalStorage } from "node:async_hooks";
import type { Dbos } from "../../../../examples/backends/dbos/dbos-run.js";

type Workflow = (...args: never[]) => Promise<unknown>;

/** What the database of DBOS keeps of one workflow. */
interface Recorded {
  readonly name: string;
  readonly args: readonly unknown[];
  /** The results of its functions, in the order of the calls. */
  readonly results: unknown[];
  readonly inbox: unknown[];
  isDone: boolean;
}

/** How long a second of a workflow lasts in a test, in ms. */
const SECOND_MS = 2;

/** The database: it outlives the processes. */
export class DbosHistory {
  readonly workflows = new Map<string, Recorded>();
  /** The number of results that are recorded. */
  get length(): number {
    return [...this.workflows.values()].reduce((sum, { results }) => sum + results.length, 0);
  }
}

/**
 * One process with the functions of DBOS that the example uses: the result of each function is
 * recorded by its number, and given again when the workflow is executed again.
 */
export class DbosStub implements Dbos {
  readonly #history: DbosHistory;
  readonly #diesAt: number;
  readonly #functions = new Map<string, Workflow>();
  readonly #names = new Map<Workflow, string>();
  readonly #current = new AsyncLocalStorage<{ readonly recorded: Recorded; next: number }>();
  readonly #changed = new EventTarget();
  readonly #ended = Promise.withResolvers<void>();
  #isDead = false;

  /** The process dies when the history has `diesAt` results. */
  constructor(history: DbosHistory, diesAt = Number.POSITIVE_INFINITY) {
    this.#history = history;
    this.#diesAt = diesAt;
  }

  /** Settles when every workflow is done, or the process has died. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Executes again what another process has left undone. */
  recover(): void {
    for (const [id, recorded] of this.#history.workflows)
      if (!recorded.isDone) this.#execute(id, recorded);
    this.#settleIfDone();
  }

  registerWorkflow<Args extends unknown[], Result>(
    workflow: (...args: Args) => Promise<Result>,
    { name }: { readonly name: string },
  ): (...args: Args) => Promise<Result> {
    this.#functions.set(name, workflow as unknown as Workflow);
    this.#names.set(workflow as unknown as Workflow, name);
    return workflow;
  }

  startWorkflow<Args extends unknown[], Result>(
    workflow: (...args: Args) => Promise<Result>,
    { workflowID }: { readonly workflowID: string },
  ): (...args: Args) => Promise<unknown> {
    return async (...args) => {
      const start = (): void => {
        if (this.#history.workflows.has(workflowID)) return;
        const name = this.#names.get(workflow as unknown as Workflow) ?? "";
        const recorded = { name, args: copy(args), results: [], inbox: [], isDone: false };
        this.#history.workflows.set(workflowID, recorded);
        this.#execute(workflowID, recorded);
      };
      if (this.#current.getStore() === undefined) start();
      else await this.#record(nothing, start);
    };
  }

  runStep<Result>(step: () => Promise<Result>): Promise<Result> {
    return this.#record(step);
  }

  async send(workflowId: string, message: unknown): Promise<void> {
    await this.#record(nothing, () => {
      this.#history.workflows.get(workflowId)?.inbox.push(copy(message));
      this.#changed.dispatchEvent(new Event("message"));
    });
  }

  recv<Message>(_topic: string, timeoutSeconds: number): Promise<Message | null> {
    const inbox = this.#current.getStore()?.recorded.inbox ?? [];
    return this.#record(
      async () => {
        if (inbox.length === 0) await this.#message(timeoutSeconds * SECOND_MS);
        return (inbox[0] ?? null) as Message | null;
      },
      () => inbox.shift(),
    );
  }

  async cancelWorkflow(workflowId: string): Promise<void> {
    await this.#record(nothing, () => {
      const workflow = this.#history.workflows.get(workflowId);
      if (workflow !== undefined) workflow.isDone = true;
    });
  }

  #message(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      const heard = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#changed.addEventListener("message", heard, { once: true });
    });
  }

  #execute(id: string, recorded: Recorded): void {
    const workflow = this.#functions.get(recorded.name);
    if (workflow === undefined) throw new Error(`No workflow ${recorded.name} is registered.`);
    void this.#current.run({ recorded, next: 0 }, async () => {
      await workflow(...(copy(recorded.args) as never[]));
      if (this.#isDead) return;
      this.#history.workflows.set(id, Object.assign(recorded, { isDone: true }));
      this.#settleIfDone();
    });
  }

  #settleIfDone(): void {
    if ([...this.#history.workflows.values()].every(({ isDone }) => isDone)) this.#ended.resolve();
  }

  /** Records the result of `action`, and what it changes in the database, together. */
  async #record<Result>(
    action: () => Promise<Result>,
    change: () => unknown = () => undefined,
  ): Promise<Result> {
    const context = this.#current.getStore();
    if (context === undefined) throw new Error("Not in a workflow.");
    const { results } = context.recorded;
    const number = context.next;
    context.next += 1;
    if (number < results.length) return copy(results[number]) as Result;
    const result = await action();
    // A process that has died records nothing and goes no further.
    if (this.#isDead) return new Promise(() => undefined);
    results.push(copy(result));
    change();
    if (this.#history.length < this.#diesAt) return result;
    this.#isDead = true;
    this.#ended.resolve();
    return new Promise(() => undefined);
  }
}

const nothing = async (): Promise<null> => null;

/** What comes back from a database. */
const copy = <Value>(value: Value): Value =>
  value === undefined ? value : (JSON.parse(JSON.stringify(value)) as Value);
