/**
 * How an attempt fails. With `timeout`, the agent never answers; with `invalid_output`, its answer
 * does not fit.
 */
export type AgentFailure =
  | "error"
  | "timeout"
  | "invalid"
  | "invalid_output"
  | "transient"
  | "refused"
  | "rate_limit"
  | "unknown";
