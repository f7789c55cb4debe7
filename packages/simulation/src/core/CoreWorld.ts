import { Context, Machine, State } from "@automatosx/rescript-core";
import { type Choice, choose, faultReasons, isStray, RIGHT_NOW } from "./Choice.js";
import { checkFold } from "./check-fold.js";
import { checkQuiet } from "./check-quiet.js";
import { outcomeEvent, requestEvent, restoredData, toldEvent } from "./choice-events.js";
import { foldFromCheckpoint, foldWhole, recountOf } from "./fold.js";
import type { JournaledEvent } from "./journaled-event.js";
import { demand } from "./promises.js";
import { Shell } from "./Shell.js";

/** One run in a virtual world, in which choices happen one at a time. */
export class CoreWorld extends Shell {
  /** A copy of the world in which another choice can be tried. */
  clone(): CoreWorld {
    const copy = new CoreWorld(this.plan, this, this.recount.clone());
    copy.copyFrom(this);
    return copy;
  }

  /**
   * Performs a choice, then checks the promises that must hold after it. Throws `BrokenPromise`.
   */
  perform(choice: Choice): void {
    this.onChoice?.(choice, this.recount.steps.ids);
    this.#happen(choice);
    if (this.isUp) checkQuiet(this);
  }

  #happen(choice: Choice): void {
    const { kind, step, attempt, detail } = choice;
    switch (kind) {
      case "answer":
        return this.#answer(step, attempt);
      case "fault":
        return this.#fault(choice);
      case "stray":
        this.budget.strays -= 1;
        this.tell(outcomeEvent(this, step, attempt, detail === 0 ? undefined : "error"));
        return;
      case "request":
        this.budget.requests -= 1;
        this.tell(requestEvent(this.plan, detail));
        return;
      case "timer":
        return this.#fireTimer();
      case "commit":
        return this.commit();
      case "deliver":
        return this.#deliver();
      case "write":
        return this.writeCheckpoint();
      case "claim":
        return this.#claim();
      case "crash":
        return this.#crash();
      case "delay":
        this.budget.jumps -= 1;
        this.monotonic += detail;
        return;
      case "jump":
        this.budget.jumps -= 1;
        this.wallOffset += detail;
        return;
      case "resume":
        if (this.recount.phase === "failed") this.#resumeFailed();
        else this.tell({ type: "resume_workflow" });
        return;
      case "gate":
      case "signal":
      case "resolve":
      case "raise":
        return this.#say(choice);
      case "edit":
      case "reopen":
      case "amend":
        if (this.isUp) this.budget.commands -= 1;
        return this.#say(choice);
      default:
        return this.isUp ? this.#command(choice) : this.#commandFromOutside(choice);
    }
  }

  // --- agents and time

  #answer(step: number, attemptNumber: number): void {
    this.#settle(step, attemptNumber);
    this.tell(outcomeEvent(this, step, attemptNumber, this.nextFailure(step)));
  }

  // The fault becomes part of the script, so an agent stays a function of its failures alone.
  #fault({ step, attempt, detail }: Choice): void {
    this.budget.faults -= 1;
    const reason = faultReasons[detail] ?? "error";
    const position = this.recount.steps.scriptPosition(step);
    const scripts = this.scripts.slice();
    scripts[step] = [...this.scriptOf(step).slice(0, position), reason];
    this.scripts = scripts;
    this.#answer(step, attempt);
  }

  // A user resumes a failed run when its agents work again.
  #resumeFailed(): void {
    this.scripts = this.plan.scripts;
    this.#command(choose("restore", -1, 0, RIGHT_NOW));
  }

  /** An answer comes: in the process that has the run or, if there is none, in another one. */
  #say(choice: Choice): void {
    if (isStray(choice)) this.budget.strays -= 1;
    if (this.isUp) this.tell(toldEvent(this, choice));
    else {
      this.budget.commands -= 1;
      this.#fromOutside(() => this.tell(toldEvent(this, choice)));
    }
  }

  #settle(step: number, attemptNumber: number): void {
    const index = this.attempts.findIndex(
      (attempt) => attempt.step === step && attempt.attemptNumber === attemptNumber,
    );
    if (index !== -1) this.attempts.splice(index, 1);
    const timer = this.timers.findIndex(
      ({ hanging }) => hanging?.step === step && hanging.attemptNumber === attemptNumber,
    );
    if (timer !== -1) this.timers.splice(timer, 1);
  }

  #fireTimer(): void {
    let earliest = 0;
    for (let index = 1; index < this.timers.length; index += 1) {
      if ((this.timers[index]?.at ?? 0) < (this.timers[earliest]?.at ?? 0)) earliest = index;
    }
    const [timer] = this.timers.splice(earliest, 1);
    if (timer === undefined) return;
    this.monotonic = Math.max(this.monotonic, timer.at);
    if (timer.hanging === undefined) this.wake();
    else {
      const { step, attemptNumber } = timer.hanging;
      this.#settle(step, attemptNumber);
      this.tell(outcomeEvent(this, step, attemptNumber, "timeout"));
    }
  }

  #deliver(): void {
    const event = this.undelivered.shift();
    if (event !== undefined) this.tell(event);
  }

  // --- processes

  #crash(): void {
    this.budget.crashes -= 1;
    this.#forget();
    this.checkpoints = this.checkpoints.filter(({ seq }) => seq < this.journal.length);
    demand(
      this.reportedCount <= this.journal.length,
      "journalFirst",
      () => `${this.reportedCount} events were reported; the journal has ${this.journal.length}`,
    );
  }

  #forget(): void {
    this.isUp = false;
    this.turn = [];
    this.effects = [];
    this.undelivered = [];
    this.checkpointRequest = undefined;
    this.attempts = [];
    this.timers = [];
  }

  #claim(): void {
    const journal = this.#load();
    if (journal.length === 0)
      this.tell({
        type: "initiate_workflow",
        workflowId: "w",
        definition: "",
        format: "yaml",
        context: {},
        ...(this.plan.inputs !== undefined && { inputs: this.plan.inputs }),
      });
    else this.rules.resume(this);
  }

  #load(): readonly JournaledEvent[] {
    this.isUp = true;
    const journal = this.rules.read(this.journal);
    this.machine = this.plan.habits.usesCheckpoints
      ? foldFromCheckpoint(this, journal)
      : foldWhole(this, journal);
    this.recount = recountOf(this.plan, journal);
    this.clockOffset =
      this.rules.startOfClock(
        this.monotonic + this.wallOffset,
        Context.now(Machine.context(this.machine)),
      ) - this.monotonic;
    checkFold(this, this.machine);
    this.committed = this.machine;
    return journal;
  }

  // --- commands

  // A process that only delivers a command does not resume the run: it writes the events that
  // follow from the command and exits without calling an agent.
  #commandFromOutside(choice: Choice): void {
    this.#fromOutside(() => this.#command(choice));
  }

  #fromOutside(say: () => void): void {
    this.#load();
    say();
    if (this.checkpointRequest !== undefined) this.writeCheckpoint();
    this.journal.push(...this.turn);
    this.reportedCount = this.journal.length;
    this.committed = this.machine;
    this.#forget();
  }

  #command({ kind, detail }: Choice): void {
    this.budget.commands -= 1;
    if (kind === "pause") this.tell({ type: "pause_workflow" });
    else if (kind === "cancel") this.tell({ type: "cancel_workflow" });
    else if (kind === "checkpoint") this.tell({ type: "create_checkpoint", name: "asked" });
    else {
      if (State.canPause(this.state)) this.tell({ type: "pause_workflow" });
      this.tell({ type: "restore_checkpoint", checkpointData: restoredData(this, detail) });
    }
  }
}
