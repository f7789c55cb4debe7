import type { Peer } from "./peer.ts";

export type PeerName = "axw" | "langgraph" | "openworkflow";

export interface Job {
  readonly what: string;
  readonly steps: number;
  readonly resultBytes?: number;
  /** The only engine that the job is meant for. Default: every engine. */
  readonly only?: PeerName;
  readonly run: (peer: Peer) => Promise<void>;
}

/** The widest fan-out that every engine accepts, since openworkflow allows 1,000 steps per run. */
const WIDEST = 998;

export const CRASH_STEPS = 200;

export type JobName = "chain" | "loop" | "fan-100" | "fan-998" | "runs" | "bytes";

export const JOBS: Readonly<Record<JobName, Job>> = {
  chain: { what: "chain of 1,000 steps", steps: 1000, run: (peer) => peer.chain(1000) },
  loop: {
    what: "the same as a loop over one node",
    steps: 1000,
    run: (peer) =>
      peer.loop?.(1000) ?? Promise.reject(new Error("This engine writes a loop as a chain.")),
    only: "langgraph",
  },
  "fan-100": { what: "fan-out 1→100→1", steps: 102, run: (peer) => peer.fan(100) },
  "fan-998": { what: `fan-out 1→${WIDEST}→1`, steps: WIDEST + 2, run: (peer) => peer.fan(WIDEST) },
  runs: {
    what: "500 runs of 5 steps, 50 at once",
    steps: 2500,
    run: (peer) => peer.runs(500, 5, 50),
  },
  bytes: {
    what: "chain of 1,000 steps, results of 1 KB",
    steps: 1000,
    resultBytes: 1024,
    run: (peer) => peer.chain(1000),
  },
};
