/** How an attempt to deliver a notice ended. */
export type Delivery =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** Why, as a clause. */
      readonly error: string;
      /** How long the receiver asks to wait, in ms. */
      readonly retryAfterMs?: number;
      /** True if another attempt cannot succeed. */
      readonly isFinal?: boolean;
    };

/** What ends an attempt before the receiver answers. */
export interface AttemptLimits {
  readonly timeoutMs: number;
  /** Aborted when the engine closes. */
  readonly signal: AbortSignal;
}
