import type { LogStream } from "../agents/AgentPort.js";
import type { Clock } from "../ports.js";
import type { KeptFile } from "../run-directory/kept-files.js";
import type { IdentifiedProcess } from "../storage/process-identity.js";
import type { StopReason } from "./outcome.js";
import type { StoppedTime } from "./StoppedTime.js";

/** What an attempt needs of an `AbortSignal`, which is one. */
export interface StopSignal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  /** Why the run is cancelled, for the agent. */
  readonly explanation?: string | undefined;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** What surrounds an attempt where it is performed. */
export interface AttemptOptions {
  readonly clock: Clock;
  /**
   * Stops the attempt. The reason `"cancelled"` means that the run is cancelled; with any other
   * reason, the attempt counts as interrupted and does not use up a retry. With `"released"`, an
   * agent that resumes leaves its work running.
   */
  readonly signal: StopSignal;
  /**
   * How long a stopped agent may take to settle before it is abandoned, in ms; at least its
   * `stopMs`.
   */
  readonly abandonAfterMs: number;
  /**
   * How long this process could not act, noted by the caller's timers. It does not count as the
   * agent's time. Without it, only an attempt's own timers are observed.
   */
  readonly stopped?: StoppedTime;
  /** Stores a piece of the agent's output, which was written `agoMs` ago. */
  log?(text: string, stream: LogStream, agoMs?: number): void;
  /** Records a process group of the agent; settles when the record is durable. */
  recordProcess?(process: IdentifiedProcess): Promise<void>;
  /** Marks the processes of the attempt, as `AgentRequest.attemptToken`. */
  readonly attemptToken?: string;
  /** Returns what identifies the effect of the attempt, as `AgentRequest.effectKey`. */
  effectKey?(): string | undefined;
  /** Returns how long the processes of a stopped attempt may live, as `AgentRequest.stopWithinMs`. */
  stopWithinMs?(): number | undefined;
  /** The absolute path of the run's directory, which exists. Absent if the run has none. */
  readonly runDirectory?: string | undefined;
  /** Returns the stored content of one of `AttemptRequest.keptFiles`; undefined if it is missing. */
  readonly storedFile?: ((file: KeptFile) => string | undefined) | undefined;
  /** Supplies a secret of the host that performs the attempt. */
  secrets?(name: string): string | undefined;
}

/** Returns why the signal stops an attempt. */
export function stopReason(signal: StopSignal): StopReason {
  return signal.reason === "cancelled" ? "cancelled" : "interrupted";
}
