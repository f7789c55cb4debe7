import type { ActionName } from "../../src/next/actions.js";

/** A line of the action table, printed by a command that is typed in a scene. */
export interface Line {
  readonly action: ActionName;
  readonly state: string;
  /** The words after `axw`. RUN stands for the run's id. */
  readonly typed: readonly string[];
  /** The printed command. */
  readonly prints: string;
  /** Replaces the placeholders of the printed command. */
  readonly replace?: readonly [placeholder: string, value: string];
  /** Files to write before the printed command is typed. */
  readonly fix?: Readonly<Record<string, string>>;
  /** The exit code of the printed command. Default 0. */
  readonly exits?: number;
  /** The tasks that agents receive because of the printed command. Default none. */
  readonly launches?: readonly string[];
}
