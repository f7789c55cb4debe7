import type { RunCommand } from "@automatosx/workflow";
import { RunQueries, State } from "@automatosx/workflow/hosting";
import { INBOX, type InboxCalls } from "../services/faces.js";
import type { restate } from "../services/sdk.js";
import type { FamilyNews } from "../wire.js";
import type { RunDecider } from "./RunDecider.js";

/**
 * What a run and the runs above and below it tell each other. An answer to a child run, or a resume
 * of it, resumes the runs that wait for it, the outermost first: the step of the parent then joins
 * the child run and resumes it. A parent that a user has paused stays paused.
 */
export class Relatives {
  readonly #ctx: restate.ObjectContext;
  readonly #decider: RunDecider;

  constructor(ctx: restate.ObjectContext, decider: RunDecider) {
    this.#ctx = ctx;
    this.#decider = decider;
  }

  /** Passes a command on to the run that an attempt of this run has joined. */
  tell(stepId: string, attemptNumber: number, command: RunCommand): void {
    const sentAt = this.#decider.now;
    const inbox = this.#ctx.objectSendClient<InboxCalls>(INBOX, this.#ctx.key);
    inbox.tellChild({ stepId, attemptNumber, command, sentAt });
  }

  /** Continues this run if it waits: by the run that waits for it, if there is one. */
  continueWaiting(at: number): void {
    if (!this.#decider.isWaiting) return;
    if (this.#decider.start.parent === undefined) this.#decider.resumeWaiting(at);
    else this.#tellParent("answered", at);
  }

  /** A user has resumed this run. */
  resumed(at: number): void {
    this.#tellParent("resumed", at);
  }

  /**
   * Does what a relative has told. Returns whether a step of this run that has an attempt in flight
   * is to join its run again: `isInFlight` says whether it has.
   */
  hear(
    { news, sentAt, runId, stepId }: FamilyNews,
    isInFlight: (stepId: string) => boolean,
  ): boolean {
    const decider = this.#decider;
    const { fold } = decider;
    if (news === "continue") {
      decider.resumeWaiting(sentAt);
      return false;
    }
    const state = RunQueries.state(fold.machine);
    if (decider.isWaiting) {
      if (news === "answered") this.continueWaiting(sentAt);
      else {
        decider.resumeWaiting(sentAt);
        this.#tellParent("resumed", sentAt);
      }
      return false;
    }
    if (state === "paused") return false;
    if (!State.isTerminal(state)) {
      // Its attempt may still find it running, or be about to end because it waits.
      if (isInFlight(stepId)) {
        if (news === "answered") this.#letContinue(runId, stepId, sentAt);
        return true;
      }
      const refusal = fold.tell({ type: "resume_workflow" }, decider.atLeastNow(sentAt));
      if (refusal === undefined) return false;
    }
    if (news === "answered") this.#letContinue(runId, stepId, sentAt);
    return false;
  }

  #letContinue(runId: string, stepId: string, sentAt: number): void {
    const child = this.#ctx.objectSendClient<InboxCalls>(INBOX, runId);
    child.put({ news: "continue", sentAt, runId, stepId });
  }

  #tellParent(news: "answered" | "resumed", sentAt: number): void {
    const { runId, parent } = this.#decider.start;
    if (parent === undefined) return;
    const inbox = this.#ctx.objectSendClient<InboxCalls>(INBOX, parent.runId);
    inbox.put({ news, sentAt, runId, stepId: parent.stepId });
  }
}
