/** What the process of an engine sends to its parent. */
export type Message =
  | { readonly type: "started" }
  | { readonly type: "ready" }
  | { readonly type: "claimed"; readonly at: number; readonly runIds: readonly string[] }
  | {
      readonly type: "done";
      /** The number of runs that it claimed. */
      readonly claimedCount: number;
      /** The duration of the longest call to the storage. */
      readonly longestMs: number;
      /** The number of errors that it met, by code. */
      readonly codes: Readonly<Record<string, number>>;
    };
