import { describeEvent, type EventLine, type RunView } from "@automatosx/run-view";
import type { RunEvent } from "@automatosx/schemas";
import type { WireEntry } from "../../api/run.schema.js";
import { CarriedData } from "../../fold/CarriedData.js";

/** An event of a step, in words. */
export interface StepEvent {
  readonly seq: number;
  readonly at: number;
  /** The type of the journal entry that it follows from. */
  readonly type: string;
  readonly line: EventLine;
}

/** The events of a run by step, as observers see them. It folds the journal a second time. */
export class EventLog {
  readonly #view: RunView;
  readonly #carried: CarriedData;
  readonly #events = new Map<string, StepEvent[]>();

  /** Begins with the run before its first entry. */
  constructor(beginning: RunView) {
    this.#view = beginning;
    this.#carried = new CarriedData(beginning.origin.runId);
  }

  /** The last entry that was read. */
  get seq(): number {
    return this.#view.seq;
  }

  /**
   * Reads the next entries of `entries`, which begin with the journal's first one: at most `limit`.
   * Returns false once there are no more.
   *
   * @throws JournalError
   */
  advance(entries: readonly WireEntry[], limit: number): boolean {
    for (const wire of entries.slice(this.seq, this.seq + limit)) {
      const [seq, type, at] = wire;
      for (const event of this.#view.apply(this.#carried.take(wire))) {
        const line = describeEvent(event);
        for (const step of stepsOf(event)) this.#add(step, { seq, at, type, line });
      }
    }
    return this.seq < (entries.at(-1)?.[0] ?? 0);
  }

  /** The events of a step so far, oldest first. */
  of(stepId: string): readonly StepEvent[] {
    return this.#events.get(stepId) ?? [];
  }

  #add(stepId: string, event: StepEvent): void {
    const events = this.#events.get(stepId);
    if (events === undefined) this.#events.set(stepId, [event]);
    else events.push(event);
  }
}

function stepsOf(event: RunEvent): readonly string[] {
  if ("stepIds" in event) return event.stepIds;
  return "stepId" in event && event.stepId !== undefined ? [event.stepId] : [];
}
