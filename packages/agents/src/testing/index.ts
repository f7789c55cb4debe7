/** @automatosx/agents/testing: the suite that every agent passes, and requests to try agents with. */
export {
  type AgentKinds,
  describeAgent,
  type LoggedPiece,
  SETTLE_LIMIT_MS,
  type TestRequest,
  type TestRunner,
  testRequest,
} from "./agent-suite.js";
