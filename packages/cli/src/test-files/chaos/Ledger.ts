import { appendFileSync, existsSync, readFileSync } from "node:fs";

/** An attempt that was launched, with what its agent was. */
export interface LaunchEntry {
  readonly kind: "launch";
  readonly runId: string;
  readonly agentId: string;
  readonly stepId: string;
  readonly attemptNumber: number;
  /**
   * Launches of this agent at this step, with this one. An attempt that was lost is not counted.
   */
  readonly number: number;
  /** The conversation that it leaves. */
  readonly session: string;
  /** When it began, on the run's clock. */
  readonly at: number;
}

/** What a case has done so far. Instants are on the run's clock, in ms since the epoch. */
export type LedgerEntry =
  | LaunchEntry
  /** A process plays the case. */
  | { readonly kind: "process" }
  /** The process before this one was killed while the attempt was in flight. */
  | { readonly kind: "lost"; readonly stepId: string; readonly attemptNumber: number }
  /** The outcome of a lost attempt of the step was answered. */
  | { readonly kind: "settled"; readonly stepId: string }
  /** An action begins, when the journal ends at this entry. */
  | {
      readonly kind: "action";
      readonly index: number;
      readonly seq: number;
      /** How many entries the journals of child runs have. */
      readonly childEntryCount: number;
      readonly at: number;
    }
  /** The step that the action waits for is in flight. */
  | { readonly kind: "moment"; readonly index: number }
  /** The engine dies as the case says: what was in flight counts as launched. */
  | { readonly kind: "crash" }
  /** The attempt of this agent is in flight when the engine dies as the case says. */
  | { readonly kind: "crashed"; readonly agentId: string }
  | { readonly kind: "acted"; readonly index: number; readonly at: number }
  | {
      readonly kind: "answer";
      readonly stepId: string;
      readonly attemptNumber: number;
      readonly result: unknown;
    }
  /** A commit of journal entries begins. */
  | {
      readonly kind: "commit";
      readonly number: number;
      readonly entries: readonly string[];
      readonly at: number;
    };

/**
 * The record of a case that outlives the process that plays it. Each entry is in the file before
 * `add` returns.
 */
export class Ledger {
  /** Every entry, oldest first. */
  readonly entries: LedgerEntry[];
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    const lines = existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
    this.entries = lines.map((line) => JSON.parse(line) as LedgerEntry);
  }

  add(entry: LedgerEntry): void {
    this.entries.push(entry);
    appendFileSync(this.#path, `${JSON.stringify(entry)}\n`);
  }

  of<Kind extends LedgerEntry["kind"]>(
    kind: Kind,
  ): Extract<LedgerEntry, { readonly kind: Kind }>[] {
    return this.entries.filter(
      (entry): entry is Extract<LedgerEntry, { readonly kind: Kind }> => entry.kind === kind,
    );
  }

  /** The last instant that is known; undefined at the beginning. */
  get lastAt(): number | undefined {
    return this.entries.findLast((entry) => "at" in entry)?.at;
  }
}
