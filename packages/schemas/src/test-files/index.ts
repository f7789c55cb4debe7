/**
 * @automatosx/schemas/test-files: the shapes of test files, of indexes of cases and of scenarios.
 * In a module of its own, because only the player of tests needs them.
 */

export type { WrittenFailureClass } from "../failure-class.schema.js";
export { ACTION_VERBS, Action } from "./action.schema.js";
export {
  BEHAVIOUR_KINDS,
  Behaviour,
  type BehaviourKind,
  behaviourKind,
  type RequestPart,
} from "./behaviour.schema.js";
export { Expectation } from "./expectation.schema.js";
export {
  type ExpectedIssue,
  Scenario,
  type TestCase,
  TestFile,
  TestIndex,
  type UnknownOutcome,
} from "./test-file.schema.js";
