import type { CommandOutcome, RunCommand } from "@automatosx/workflow";
import type { StoragePort } from "@automatosx/workflow/observe";

/** What the server of a dashboard needs. */
export interface DashboardOptions {
  /** The database, open for reading and for sending commands. */
  readonly storage: StoragePort;
  /** Performs what changes runs; the server itself executes nothing. */
  readonly control: RunControl;
  /** What a request must send as `Authorization: Bearer KEY`. */
  readonly key: string;
  /** The hosts, with port, that a request may name: `127.0.0.1:4500`. */
  readonly hosts: readonly string[];
  /** Refuses every request that changes something. */
  readonly isReadOnly?: boolean;
  /** The folder whose workflow files may be shown and started: an absolute path. */
  readonly folder: string;
  /** The version of the program, for `GET /pulse`. */
  readonly version: string;
  /**
   * Calls back after each change that this process makes through `storage` itself: a connection to
   * a database does not notice its own changes.
   */
  readonly onOwnChange?: (changed: () => void) => void;
  /** The current time in ms since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

/** How the server changes runs. */
export interface RunControl {
  /** Sends a command to the owner of a run. Settles when it was carried out or refused. */
  send(runId: string, command: RunCommand): Promise<CommandOutcome>;
  /**
   * Begins what needs a process of its own, or the given engine: resuming a run, starting one.
   * Settles when the run is durably begun; the process outlives the server.
   */
  launch(launch: Launch): Promise<Launched>;
  /** The command line that does the same, as text for people to copy. */
  commandFor(launch: Launch): string;
}

/** What needs a process of its own. */
export type Launch =
  | { readonly verb: "resume"; readonly runId: string }
  | {
      readonly verb: "retry";
      readonly runId: string;
      readonly steps: readonly string[];
      readonly downstream?: boolean;
    }
  | { readonly verb: "restore"; readonly runId: string; readonly checkpointId: string }
  | { readonly verb: "fork"; readonly runId: string; readonly checkpointId?: string }
  | {
      readonly verb: "run";
      /** The absolute path of the workflow file. */
      readonly file: string;
      readonly inputs: Readonly<Record<string, unknown>>;
      readonly runId: string;
    };

/** Whether a launch has begun. */
export type Launched =
  | { readonly ok: true; readonly runId: string }
  | {
      readonly ok: false;
      readonly code: string;
      /** A sentence: what was refused, and why. */
      readonly message: string;
      readonly remedy?: string;
    };
