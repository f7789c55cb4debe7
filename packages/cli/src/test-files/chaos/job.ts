import type { Case } from "../Case.js";
import type { RunFacts } from "../RunFacts.js";
import type { KillPoint } from "./fatal-storage.js";

/** A case for a process of its own to play, from its beginning or from where it was killed. */
export interface Job {
  readonly case: Case;
  /** The folder in which programs run. */
  readonly directory: string;
  /** The folder of this job, with the database and everything else that outlives a process. */
  readonly folder: string;
  /** Where the process is killed. */
  readonly kill?: KillPoint;
}

/** An attempt that was in flight when the process was killed. */
export interface LostAttempt {
  readonly stepId: string;
  readonly attemptNumber: number;
  readonly agentId: string;
}

/** A commit of journal entries, by its number, counted from 1. */
export interface NamedCommit {
  readonly number: number;
  /** The types of its entries, with their steps. */
  readonly entries: readonly string[];
}

/** What is known when a case has been played to its end. */
export interface JobReport {
  /** The run at the end; undefined if it was never started. */
  readonly facts: RunFacts | undefined;
  /** The commits of the last process. */
  readonly commits: readonly NamedCommit[];
  /** The launches of each agent in all processes, without those that reconcile. */
  readonly launches: Readonly<Record<string, number>>;
  /** What the kill interrupted. */
  readonly lost: readonly LostAttempt[];
  /** The agents of the attempts that crashes of the case itself interrupted. */
  readonly crashed: readonly string[];
  /** Promises that are broken, as sentences. */
  readonly problems: readonly string[];
}

/** What the process of a job sends. */
export type JobMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "report"; readonly report: JobReport }
  /** The case cannot be played: a defect, or a broken promise that ended it. */
  | { readonly kind: "error"; readonly message: string };
