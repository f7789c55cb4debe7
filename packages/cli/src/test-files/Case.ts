import type {
  Behaviour,
  Expectation,
  ExpectedIssue,
  UnknownOutcome,
  Action as WrittenAction,
} from "@automatosx/schemas/test-files";

/** A case as it is played, whichever kind of file it comes from. Every path is absolute. */
export interface Case {
  /** The name of the case. */
  readonly id: string;
  /** The file that it was read from, as the user named it. */
  readonly file?: string | undefined;
  /** The arguments of `axw test` that play its file. */
  readonly playArgs?: readonly string[] | undefined;
  /** The construct that it is about. */
  readonly construct?: string | undefined;
  /** The fact that it shows. */
  readonly title?: string | undefined;
  /** The workflow file. */
  readonly workflow: string;
  /** The files that the workflow names, by the path as it is written there. */
  readonly files: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly context: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Behaviours by agent id; `*` for all others. */
  readonly agents: Readonly<Record<string, Behaviour>>;
  /** The seed of the answers that are generated. Default 1. */
  readonly seed?: number | undefined;
  /** Programs are answered for as well, and the host knows every secret. */
  readonly isGenerated?: boolean | undefined;
  /** The outcomes of attempts that a kill interrupts, by the path or id of the step. */
  readonly unknown?: Readonly<Record<string, UnknownOutcome>> | undefined;
  /** What happens, in order. */
  readonly actions: readonly Action[];
  /** What must hold at the end. */
  readonly expected: Expected;
  /** Every issue of the workflow file, instead of actions. */
  readonly issues?: readonly ExpectedIssue[] | undefined;
}

/** An action of a case. */
export interface Action extends Omit<WrittenAction, "expect"> {
  readonly expect?: Expected | undefined;
}

/** What must hold: the keys of a case, and those that only a scenario has. */
export interface Expected extends Expectation {
  /** The rendered tasks of these steps. */
  readonly tasks?: Readonly<Record<string, string>> | undefined;
  /** The step whose conversation each of these steps continues. */
  readonly sessions?: Readonly<Record<string, string>> | undefined;
  /** Pairs of steps: the first has ended before the second starts. */
  readonly endedBefore?: readonly (readonly [string, string])[] | undefined;
  /** The most attempts of these agents that may be in flight at once. */
  readonly atMostAtOnce?: Readonly<Record<string, number>> | undefined;
  /** Every step that there is, but for the containers of one item or round. */
  readonly allSteps?: readonly string[] | undefined;
  /** The run must have no outputs. */
  readonly hasNoOutputs?: boolean | undefined;
  /** No stop may have ended the run. */
  readonly hasNoReason?: boolean | undefined;
  /** This gate must be open. */
  readonly openGate?: string | undefined;
}
