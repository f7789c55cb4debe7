import type { RunCommand } from "@automatosx/workflow";
import { RunQueries } from "@automatosx/workflow/hosting";
import { RUN_OBJECT } from "../names.js";
import { restate } from "../services/sdk.js";
import type { AttemptMessage, ChildAnswer, ChildMessage } from "../wire.js";
import type { Relatives } from "./Relatives.js";
import type { RunDecider, Stopped } from "./RunDecider.js";
import type { ChildWait } from "./run-state.js";

const JSON_SERDE: unknown = restate.serde.json;

/** The calls of attempts that wait for child runs, for the segment of their run. */
export class ChildCalls {
  readonly #ctx: restate.ObjectContext;
  readonly #decider: RunDecider;
  readonly #relatives: Relatives;
  readonly #waits: Map<string, ChildWait>;

  /** `waits` is what the last segment has left. */
  constructor(
    ctx: restate.ObjectContext,
    decider: RunDecider,
    relatives: Relatives,
    waits: Readonly<Record<string, ChildWait>> = {},
  ) {
    this.#ctx = ctx;
    this.#decider = decider;
    this.#relatives = relatives;
    this.#waits = new Map(Object.entries(waits));
  }

  /** What the next segment needs; undefined if there is nothing. */
  get waits(): Readonly<Record<string, ChildWait>> | undefined {
    return this.#waits.size === 0 ? undefined : Object.fromEntries(this.#waits);
  }

  has(stepId: string): boolean {
    return this.#waits.has(stepId);
  }

  /** Why the attempt in flight was stopped. */
  stoppedOf(stepId: string): Stopped | undefined {
    return this.#waits.get(stepId)?.stopped;
  }

  /** Calls an attempt, or what is left of it. Under its key, it meets the same call again. */
  call(message: AttemptMessage): restate.InvocationPromise<ChildAnswer> {
    const { stepId, attemptNumber, idempotencyKey: key } = message;
    const found = this.#waits.get(stepId);
    const wait = found?.attemptNumber === attemptNumber ? found : { attemptNumber };
    this.#waits.set(stepId, wait);
    const { leg } = wait;
    return this.#ctx.genericCall<ChildMessage, ChildAnswer>({
      ...{ service: RUN_OBJECT, key: this.#ctx.key, method: "child" },
      parameter: this.#decider.childMessage(message, leg),
      inputSerde: JSON_SERDE as restate.Serde<ChildMessage>,
      outputSerde: JSON_SERDE as restate.Serde<ChildAnswer>,
      idempotencyKey: leg === undefined ? key : `${key}/${leg.number}`,
    });
  }

  /**
   * Forgets the attempts that are not in flight any more, except those whose child runs are being
   * cancelled: a second cancellation is for these too.
   */
  keep(running: ReadonlySet<string>): void {
    for (const [stepId, { stopped }] of this.#waits)
      if (!running.has(stepId) && stopped === undefined) this.#waits.delete(stepId);
  }

  /** Keeps where an attempt continues that is to be called again. */
  continues(
    stepId: string,
    { continues: leg }: Extract<ChildAnswer, { readonly continues: unknown }>,
  ): void {
    const wait = this.#waits.get(stepId);
    if (wait !== undefined) this.#waits.set(stepId, { ...wait, leg });
  }

  /** Forgets an attempt that has an outcome. Returns what was known of it. */
  settled(stepId: string): ChildWait | undefined {
    const wait = this.#waits.get(stepId);
    this.#waits.delete(stepId);
    return wait;
  }

  /** The run no longer waits for the attempt, or its agents are to stop. */
  stop(stepId: string, reason: Stopped): void {
    const wait = this.#waits.get(stepId);
    if (wait === undefined || wait.stopped !== undefined) return;
    // Its child run is paused by `told`.
    if (reason === "interrupted") return;
    this.#waits.set(stepId, { ...wait, stopped: reason });
    this.#cancel(stepId, wait);
  }

  /** Passes a command on that the run has accepted. `stoppedBefore` were stopped before it. */
  told(command: RunCommand, stoppedBefore: ReadonlySet<string>): void {
    for (const [stepId, wait] of this.#waits) {
      const { attemptNumber } = wait;
      if (command.verb === "pause") {
        this.#relatives.tell(stepId, attemptNumber, command);
        this.#waits.set(stepId, { ...wait, isPaused: true });
      } else if (command.verb === "resume" && wait.isPaused === true) {
        this.#relatives.tell(stepId, attemptNumber, command);
        // Its run may have come to rest already.
        this.#waits.set(stepId, { ...wait, isPaused: false, isRejoined: true });
      }
      // A second cancellation ends the run at once.
      else if (command.verb === "cancel" && stoppedBefore.has(stepId)) this.#cancel(stepId, wait);
    }
  }

  /** The attempts that were stopped. */
  get stopped(): ReadonlySet<string> {
    return new Set([...this.#waits].flatMap(([id, { stopped }]) => (stopped ? [id] : [])));
  }

  /** Has the step join its run again if the attempt in flight finds it paused. */
  rejoin(stepId: string): void {
    const wait = this.#waits.get(stepId);
    if (wait !== undefined) this.#waits.set(stepId, { ...wait, isRejoined: true });
  }

  #cancel(stepId: string, { attemptNumber }: ChildWait): void {
    const reason = RunQueries.error(this.#decider.fold.machine);
    this.#relatives.tell(stepId, attemptNumber, {
      verb: "cancel",
      ...(reason !== undefined && { reason }),
    });
  }
}
