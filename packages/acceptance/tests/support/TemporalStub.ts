import type {
  RunActivities,
  TemporalApi,
} from "../../../../examples/backends/temporal/temporal-run.js";

/** What a workflow asked for, in the order in which it asked. */
interface Command {
  readonly what: string;
  readonly input: string;
}

/** What the server of Temporal keeps of a workflow. */
export interface TemporalHistory {
  readonly commands: Command[];
  /** What has happened since, in order: the number of a command, and its result. */
  readonly completions: {
    readonly command: number;
    readonly at: number;
    readonly result?: string;
  }[];
}

type Activities = Readonly<Record<string, (input: never) => Promise<unknown>>>;

class Cancelled extends Error {}

/**
 * Temporal's workflow functions, deterministic: what has happened comes from the history, one thing
 * at a time, and only what is new is performed. A workflow that asks for something else than its
 * history says fails, as it does under Temporal.
 */
export class TemporalStub implements TemporalApi {
  readonly CancellationScope: TemporalApi["CancellationScope"];
  readonly #history: TemporalHistory;
  readonly #activities: Activities;
  readonly #open = new Map<
    number,
    { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void }
  >();
  /** What has been performed in this execution and is not told yet. */
  readonly #performed: { readonly command: number; readonly result?: string }[] = [];
  #commandCount = 0;
  #told = 0;
  #now = 1_700_000_000_000;
  #scope: Set<number> | undefined;
  #wake: (() => void) | undefined;

  constructor(history: TemporalHistory, activities: Activities) {
    this.#history = history;
    this.#activities = activities;
    const setScope = (scope: Set<number> | undefined): void => void (this.#scope = scope);
    const stop = (command: number): void => this.#cancel(command);
    this.CancellationScope = class {
      readonly #commands = new Set<number>();

      run<Result>(action: () => Promise<Result>): Promise<Result> {
        setScope(this.#commands);
        try {
          return action();
        } finally {
          setScope(undefined);
        }
      }

      cancel(): void {
        for (const command of this.#commands) stop(command);
      }
    };
  }

  proxyActivities(): RunActivities {
    return {
      performAttempt: (request) =>
        this.#ask("activity performAttempt", request) as ReturnType<
          RunActivities["performAttempt"]
        >,
      publish: async (turn) => void (await this.#ask("activity publish", turn)),
    };
  }

  sleep(ms: number): Promise<void> {
    return this.#ask("timer", ms) as Promise<void>;
  }

  isCancellation(error: unknown): boolean {
    return error instanceof Cancelled;
  }

  now(): number {
    return this.#now;
  }

  /**
   * Executes a workflow. With `until`, its worker goes away once that much has happened: the
   * workflow is undefined.
   */
  async execute<Result>(
    workflow: (temporal: TemporalApi) => Promise<Result>,
    until = Number.POSITIVE_INFINITY,
  ): Promise<Result | undefined> {
    let ended: { readonly result: Result } | undefined;
    let failed: unknown;
    workflow(this).then(
      (result) => (ended = { result }),
      (error: unknown) => (failed = error),
    );
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (failed !== undefined) throw failed;
      if (ended !== undefined) return ended.result;
      if (this.#told >= until) return undefined;
      await this.#tellNext();
    }
  }

  async #tellNext(): Promise<void> {
    const { completions } = this.#history;
    if (this.#told === completions.length) {
      while (this.#performed.length === 0)
        await new Promise<void>((resolve) => (this.#wake = resolve));
      const next = this.#performed.shift();
      if (next !== undefined) completions.push({ ...next, at: this.#now + 7 });
    }
    const completion = completions[this.#told];
    this.#told += 1;
    if (completion === undefined) return;
    this.#now = completion.at;
    const { command, result } = completion;
    this.#open.get(command)?.resolve(result === undefined ? undefined : JSON.parse(result));
    this.#open.delete(command);
  }

  #ask(what: string, input: unknown): Promise<unknown> {
    const number = this.#commandCount;
    this.#commandCount += 1;
    const asked = { what, input: JSON.stringify(input) };
    const known = this.#history.commands[number];
    if (known === undefined) this.#history.commands.push(asked);
    else if (known.what !== asked.what || known.input !== asked.input)
      return Promise.reject(
        new Error(`Nondeterminism: ${known.what} ${known.input} was ${what} ${asked.input}.`),
      );
    this.#scope?.add(number);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#open.set(number, { resolve, reject });
    const hasHappened = this.#history.completions.some(({ command }) => command === number);
    if (!hasHappened) void this.#perform(number, what, input);
    return promise;
  }

  async #perform(command: number, what: string, input: unknown): Promise<void> {
    const [, name = ""] = what.split(" ");
    // A timer ends when nothing else is left to happen at this instant.
    const result =
      what === "timer"
        ? await new Promise((resolve) => setImmediate(resolve))
        : await this.#activities[name]?.(input as never);
    if (!this.#open.has(command)) return;
    this.#performed.push({
      command,
      ...(result !== undefined && { result: JSON.stringify(result) }),
    });
    this.#wake?.();
  }

  #cancel(command: number): void {
    this.#open.get(command)?.reject(new Cancelled());
    this.#open.delete(command);
  }
}
