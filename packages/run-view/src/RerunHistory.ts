import type { JournalEntry } from "@automatosx/schemas";
import { payloadOf } from "./decode-event.js";

/** An entry with which a run went back to steps that had begun. */
export interface Rerun {
  /** How: the type of the entry. */
  readonly type: "result_edited" | "steps_reopened" | "definition_changed" | "gate_answered";
  /** The number of the entry in the journal. */
  readonly seq: number;
  /** When it was accepted, in ms since the epoch. */
  readonly at: number;
  /**
   * For `result_edited`: the step whose result was replaced. For `gate_answered`: the gate whose
   * answer replaced one.
   */
  readonly stepId?: string;
  /** The attempt of that step. */
  readonly attemptNumber?: number;
  /** Who did it. */
  readonly by?: string;
  /** The remark that was left with it. */
  readonly note?: string;
}

const TYPES: ReadonlySet<string> = new Set<Rerun["type"]>([
  "result_edited",
  "steps_reopened",
  "definition_changed",
]);

/** The entries with which a run went back, oldest first. */
export class RerunHistory {
  readonly #reruns: Rerun[] = [];

  get all(): readonly Rerun[] {
    return this.#reruns;
  }

  /** Returns a history with the same entries, which is then independent of this one. */
  copy(): RerunHistory {
    const copy = new RerunHistory();
    copy.#reruns.push(...this.#reruns);
    return copy;
  }

  /** Adds the next entry of the journal. An entry that was added before changes nothing. */
  add(entry: JournalEntry): void {
    if (!goesBack(entry) || entry.seq <= (this.#reruns.at(-1)?.seq ?? 0)) return;
    const { seq, at, type, stepId, attemptNumber } = entry;
    const payload = payloadOf(entry);
    const of = (name: string): unknown => payload[name];
    const [path, attempt] = [stepId ?? of("stepId"), attemptNumber ?? of("attemptNumber")];
    const [by, note] = [of("by"), of("note")];
    this.#reruns.push({
      type: type as Rerun["type"],
      seq,
      at,
      ...(typeof path === "string" && { stepId: path }),
      ...(typeof attempt === "number" && { attemptNumber: attempt }),
      ...(typeof by === "string" && { by }),
      ...(typeof note === "string" && { note }),
    });
  }
}

// Only an answer must be read: the values of a form may have the same names.
function goesBack(entry: JournalEntry): boolean {
  if (TYPES.has(entry.type)) return true;
  if (entry.type !== "gate_answered" || !entry.payload.includes('"edits')) return false;
  const payload = payloadOf(entry);
  return payload["edits"] !== undefined || payload["editsArtifact"] !== undefined;
}
