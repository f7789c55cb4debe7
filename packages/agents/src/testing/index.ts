/**
 * @automatosx/agents/testing: a test suite that every agent must pass, and requests for testing
 * agents.
 */
export {
  type AgentsUnderTest,
  describeAgent,
  type LoggedPiece,
  SETTLE_LIMIT_MS,
  type TestRequest,
  type TestRunner,
  testRequest,
} from "./agent-suite.js";
