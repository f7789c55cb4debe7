import type { WorkflowDefinition } from "@automatosx/schemas";
import { type PreparedWorkflow, prepareWorkflow } from "@automatosx/workflow";
import type { Answer } from "./answer.js";
import { cannedAnswer, cannedContext, cannedInputs } from "./canned-answers.js";
import { playedChildren } from "./played-child.js";

/** The text of a workflow file. */
export interface WorkflowText {
  readonly text: string;
  readonly format: "yaml" | "json";
  /** The folder that the files which it names are relative to. */
  readonly base?: string;
  /** The folder that contains all of them. */
  readonly root?: string;
}

/** A workflow with everything needed to run it without real agents. */
export interface SimulatedWorkflow {
  readonly prepared: PreparedWorkflow;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly context: Readonly<Record<string, unknown>>;
  readonly answer: Answer;
  /** True if its end depends on what people say and on what comes first. */
  readonly isOpenEnded?: boolean;
  /** What its runs may be amended to; the first is the workflow itself. */
  readonly variants?: readonly PreparedWorkflow[];
}

/**
 * A file's workflow, with made-up values for inputs and context that have no default. Throws
 * `invalid_definition`.
 */
export function readWorkflow({ text, ...options }: WorkflowText): SimulatedWorkflow {
  const prepared = prepareWorkflow(text, options);
  const { definition } = prepared;
  return {
    prepared,
    inputs: cannedInputs(definition),
    context: cannedContext(definition),
    answer: cannedAnswer(definition, playedChildren(prepared.children)),
    isOpenEnded: isOpenEnded(definition),
  };
}

/** Keys of a definition that make its end depend on people, on time or on what an attempt costs. */
const OPEN_ENDED = ["gate", "wait", "stop", "effect", "totalTimeout", "check", "fallback"];

function isOpenEnded({ budget, on, steps }: WorkflowDefinition): boolean {
  const text = JSON.stringify(steps);
  return (
    budget !== undefined || on !== undefined || OPEN_ENDED.some((key) => text.includes(`"${key}":`))
  );
}
