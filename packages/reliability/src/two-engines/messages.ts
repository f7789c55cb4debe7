/** The messages that an engine's process sends to its parent. */
export type Message =
  | { readonly type: "started" }
  | { readonly type: "ready" }
  | { readonly type: "claimed"; readonly at: number; readonly runIds: readonly string[] }
  | {
      readonly type: "done";
      /** The number of runs that the engine claimed. */
      readonly claimedCount: number;
      /** The duration of the longest storage call, in ms. */
      readonly longestMs: number;
      /** The number of errors that the engine encountered, by code. */
      readonly codes: Readonly<Record<string, number>>;
    };
