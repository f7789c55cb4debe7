import { type ReadonlySignal, signal } from "@preact/signals";
import type { Routes } from "../../api/routes.js";
import type { RUN_VERBS, WireEntry } from "../../api/run.schema.js";
import { type Answer, type ApiProblem, call } from "./call.js";

/** What can be asked of a run. */
export type RunVerb = (typeof RUN_VERBS)[number];

/** A command that was sent. */
export interface Asking {
  readonly verb: RunVerb;
  /**
   * - `sending`: the server has not answered yet.
   * - `asked`: accepted; its event has not arrived.
   * - `done`: its event has arrived.
   * - `silent`: accepted, but its event has not arrived in time.
   * - `refused`: the server has refused it.
   */
  readonly state: "sending" | "asked" | "done" | "silent" | "refused";
  /** The run that it concerns; a fork is another one. */
  readonly runId?: string;
  readonly problem?: ApiProblem;
}

/** An owner that has not written the event after this time does not answer. */
export const ANSWER_MS = 10_000;

/** The entries that show that a command was carried out. */
const DONE: Readonly<Record<RunVerb, ReadonlySet<string>>> = {
  pause: new Set(["pause_workflow"]),
  cancel: new Set(["cancel_workflow"]),
  checkpoint: new Set(["checkpoint_created"]),
  resume: new Set(["resume_workflow", "restore_checkpoint", "execute_step_batch"]),
  retry: new Set(["steps_reopened", "restore_checkpoint", "resume_workflow"]),
  restore: new Set(["restore_checkpoint"]),
  fork: new Set(),
};

/** The last command that this page has sent about a run, and what became of it. */
export class Asked {
  readonly #runId: string;
  readonly #send: Send;
  readonly #state = signal<Asking | undefined>(undefined);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #earlier = new Set<RunVerb>();

  constructor({ runId }: { readonly runId: string }, send: Send) {
    this.#runId = runId;
    this.#send = send;
  }

  get state(): ReadonlySignal<Asking | undefined> {
    return this.#state;
  }

  /** Sends a command. Settles when the server has answered; a refusal is in `state`. */
  async ask<Verb extends RunVerb>(
    verb: Verb,
    body: Routes[Verb]["body"]["_zod"]["input"],
  ): Promise<Answer<Verb> | undefined> {
    clearTimeout(this.#timer);
    this.#earlier.clear();
    this.#state.value = { verb, state: "sending" };
    try {
      const answer = await this.#send(verb, this.#runId, body);
      const isDone = verb === "fork" || this.#earlier.has(verb);
      this.#state.value = { verb, state: isDone ? "done" : "asked", runId: answer.runId };
      if (!isDone) this.#timer = setTimeout(() => this.#miss(), ANSWER_MS);
      return answer as Answer<Verb>;
    } catch (error) {
      this.#state.value = { verb, state: "refused", problem: error as ApiProblem };
      return undefined;
    }
  }

  /** Notes an entry: it may be what was asked for. */
  see([, type]: WireEntry): void {
    const asking = this.#state.peek();
    if (asking === undefined || !DONE[asking.verb].has(type)) return;
    // The event may arrive before the answer to the request.
    if (asking.state === "sending") this.#earlier.add(asking.verb);
    if (asking.state !== "asked" && asking.state !== "silent") return;
    clearTimeout(this.#timer);
    this.#state.value = { ...asking, state: "done" };
  }

  /** Forgets the command: its outcome has been read. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#state.value = undefined;
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #miss(): void {
    const asking = this.#state.peek();
    if (asking?.state === "asked") this.#state.value = { ...asking, state: "silent" };
  }
}

/** Sends a command about a run. */
export type Send = (
  verb: RunVerb,
  run: string,
  body: unknown,
) => Promise<{ readonly runId: string }>;

/** Sends it to the server of this page. */
export function sendByCall(verb: RunVerb, run: string, body: unknown): Promise<{ runId: string }> {
  return call(verb, { params: { run }, body } as never) as Promise<{ runId: string }>;
}
