/** What an engine writes to its lease guard. */
export type GuardMessage =
  | {
      readonly type: "program";
      readonly runId: string;
      /** When to end the programs of the run, as in `leases`: a message may arrive on its own. */
      readonly endAt: number;
      readonly pid: number;
      readonly processStart: string;
      readonly idempotencyKey: string;
      /** Marks the processes of the attempt. */
      readonly token: string;
    }
  | { readonly type: "ended"; readonly pid: number }
  /** When to end the programs of runs, on the monotonic clock, unless a later message moves it. */
  | { readonly type: "leases"; readonly endAt: readonly (readonly [string, number])[] }
  /** The engine has ended its programs itself. */
  | { readonly type: "closed" };
