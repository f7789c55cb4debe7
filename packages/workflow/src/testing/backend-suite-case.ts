import type { BackendHarness, HarnessSetup, KillTarget } from "./backend-suite-harness.js";
import type { Trial } from "./backend-suite-trial.js";

/** One guarantee of a backend. `run` throws if the backend breaks it. */
export interface BackendCase {
  /** Numbers are permanent: they are never given to another case. */
  readonly number: number;
  /** The promise that the case checks, in a word. */
  readonly name: string;
  /** What a backend does, as a clause without its subject. */
  readonly promise: string;
  /**
   * What the harness must support. The case does not apply to a harness that lacks one of them.
   */
  readonly needs?: readonly Need[];
  /** True if the case takes minutes in real time, so that only a full trial has it. */
  readonly isLong?: boolean;
  /** What is started for the case. */
  readonly setup?: HarnessSetup;
  /** Performs the case; rejects if the promise is broken. */
  run(trial: Trial): Promise<void>;
}

/** A capability of a harness. */
export type Need =
  | `kill ${KillTarget}`
  | "kill at entry"
  | "kill client"
  | "outage"
  | "freeze worker"
  | "partition"
  | "slots"
  | "global limits"
  | "late agents"
  | "going back"
  | "projection away"
  | "deploy"
  | "golden runs"
  | "search"
  | "child runs"
  | "result cache"
  | "leave"
  | "remove";

const PRESENT: Readonly<
  Record<Exclude<Need, `kill ${KillTarget}`>, (harness: BackendHarness) => boolean>
> = {
  "kill client": has("startAndDie"),
  outage: has("outage"),
  "kill at entry": has("killAt"),
  "freeze worker": has("freeze"),
  partition: has("partition"),
  slots: ({ limits }) => limits?.slots === true,
  "global limits": ({ limits }) => limits?.agents === true,
  "late agents": has("serve"),
  "going back": has("goingBack"),
  "projection away": ({ projection }) => projection.away !== undefined,
  deploy: has("deploy"),
  "golden runs": has("golden"),
  "child runs": ({ cannotHold }) => cannotHold?.includes("child runs") !== true,
  "result cache": ({ cannotHold }) => cannotHold?.includes("result cache") !== true,
  search: has("search"),
  leave: has("leave"),
  remove: has("remove"),
};

function has(member: keyof BackendHarness): (harness: BackendHarness) => boolean {
  return (harness) => harness[member] !== undefined;
}

/** The first capability that a case needs and the harness lacks; undefined if the case applies. */
export function lackOf({ needs = [] }: BackendCase, harness: BackendHarness): Need | undefined {
  return needs.find((need) =>
    need in PRESENT
      ? !PRESENT[need as keyof typeof PRESENT](harness)
      : harness.kills?.[need.slice("kill ".length) as KillTarget] === undefined,
  );
}
