import type { CommandOutcome, RunCommand, WorkflowErrorCode } from "@automatosx/workflow";
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
  /** How much of a run is sent at once. */
  readonly limits?: {
    /**
     * Results of more bytes are left out of what the page folds, unless something decides by them.
     * Default 1024.
     */
    readonly resultBytes?: number;
    /** Instead of a longer journal, the state at its end is sent. Default 1000 entries. */
    readonly entryCount?: number;
  };
  /** The current time in ms since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

/** How the server changes runs. */
export interface RunControl {
  /**
   * Sends a command to a run, no matter which process owns it. Settles when it was carried out or
   * refused.
   */
  send(runId: string, command: SentCommand): Promise<CommandOutcome>;
  /**
   * Makes a run that begins with the results of another one, and returns its id. Starts nothing.
   */
  fork(runId: string, options: { readonly checkpoint?: string }): Promise<string>;
  /**
   * Begins what executes steps: resuming a run, starting one. Settles when that is durable or was
   * refused; the run outlives the server.
   */
  launch(launch: Launch): Promise<Launched>;
  /** Returns a command line as a person would type it, quoted: `axw pause c41d7e`. */
  typed(words: readonly string[]): string;
}

/** A command that starts nothing by itself if no process owns the run. */
export type SentCommand = Exclude<RunCommand, { readonly verb: "resume" }>;

/** What executes steps. */
export type Launch =
  | { readonly verb: "resume"; readonly runId: string }
  | { readonly verb: "restore"; readonly runId: string; readonly checkpointId: string }
  | {
      readonly verb: "run";
      readonly runId: string;
      /** The absolute path of the workflow file. */
      readonly file: string;
      readonly inputs: Readonly<Record<string, unknown>>;
    };

/** Whether a launch has begun. */
export type Launched =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: WorkflowErrorCode;
      /** A sentence: what was refused, and why. */
      readonly message: string;
      readonly remedy?: string;
    };
