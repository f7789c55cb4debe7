/** What an engine's process tells its parent. */
export type Message =
  | { readonly type: "begun" }
  | { readonly type: "ready" }
  | { readonly type: "taken-up"; readonly at: number; readonly runIds: readonly string[] }
  | {
      readonly type: "done";
      /** Runs that it took up. */
      readonly takenUp: number;
      /** The longest that one call of the storage took. */
      readonly longestMs: number;
      /** Errors that reached it, by code. */
      readonly codes: Readonly<Record<string, number>>;
    };
