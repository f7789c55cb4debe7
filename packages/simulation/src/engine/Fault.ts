/**
 * What an agent does in one attempt. All but `slow`, `invalid`, `unjson` and `misfit` cost the step
 * a retry.
 */
export type Misbehaviour =
  /** Answers late, but within the step's timeout. */
  | "slow"
  /** Rejects. */
  | "error"
  /** Throws before it returns a promise. */
  | "throws"
  /** Rejects with an error marked as not retryable. */
  | "invalid"
  /** Answers with a value that is not JSON. */
  | "unjson"
  /** Answers with a value that does not fit the step's schema, so that it is asked again. */
  | "misfit"
  /** Never answers, but obeys the abort signal. */
  | "hangs"
  /** Never answers, and ignores the abort signal. */
  | "deaf"
  /** Ignores the timeout and answers afterwards. */
  | "late";

export type Command =
  | "pause"
  | "pause-and-resume"
  | "stop-agents"
  | "cancel"
  | "checkpoint"
  | "restore"
  | "edit"
  | "reopen"
  | "amend";

/** Which process sends a command: the one that owns the run, or another. */
export type Sender = "owner" | "elsewhere";

/**
 * How a storage write fails: before it has written anything, or after it has written everything.
 * `unreadable` makes the next read fail instead.
 */
export type StorageFault =
  | "busy"
  | "full-before"
  | "unusable-before"
  | "unusable-after"
  | "unreadable"
  | "crash-before"
  | "crash-after";

/**
 * A planned fault. `at` is a number of actions in the world, `call` a number of storage writes.
 * `at: "busy"` means as soon as a process has found the storage busy.
 */
export type Fault =
  | {
      readonly kind: "agent";
      readonly run: number;
      readonly stepId: string;
      readonly does: Misbehaviour;
    }
  | {
      readonly kind: "storage";
      readonly call: number;
      readonly times: number;
      readonly does: StorageFault;
    }
  | {
      readonly kind: "crash";
      readonly at: number;
      /**
       * True if all processes notice the death immediately; otherwise only the expiry of its leases
       * reveals it.
       */
      readonly isSeen: boolean;
      readonly skewMs: number;
    }
  | { readonly kind: "close"; readonly at: number }
  | { readonly kind: "sleep"; readonly at: number; readonly forMs: number }
  | { readonly kind: "rival"; readonly at: number }
  | {
      readonly kind: "freeze";
      readonly at: number;
      readonly forMs: number;
      readonly skewMs: number;
    }
  | {
      readonly kind: "command";
      readonly at: number | "busy";
      readonly run: number;
      readonly does: Command;
      readonly from: Sender;
    };

/** A fault as one line of a report. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case "agent":
      return `the agent of step ${fault.stepId} in run ${fault.run + 1}: ${fault.does}`;
    case "storage": {
      const times = fault.times > 1 ? `, ${fault.times} times` : "";
      return `the storage at write ${fault.call}: ${fault.does}${times}`;
    }
    case "crash": {
      const unnoticed = fault.isSeen ? "" : ", unnoticed";
      const skew = fault.skewMs === 0 ? "" : `; the wall clock moves by ${fault.skewMs} ms`;
      return `a process dies at ${fault.at}${unnoticed}${skew}`;
    }
    case "rival":
      return `another process looks for work at ${fault.at}`;
    case "close":
      return `a process closes its engine at ${fault.at}`;
    case "sleep":
      return `the machine sleeps for ${fault.forMs} ms at ${fault.at}`;
    case "freeze":
      return `a process freezes for ${fault.forMs} ms at ${fault.at}; another looks for work`;
    case "command": {
      const when = fault.at === "busy" ? "while the storage is busy" : `at ${fault.at}`;
      const from = fault.from === "owner" ? "its owner" : "another process";
      return `${fault.does} of run ${fault.run + 1} ${when}, from ${from}`;
    }
  }
}
