import { type AgentReply, agentReply, readReply } from "../agents/agent-reply.js";
import { collectFiles } from "../run-directory/kept-files.js";
import type { SecretMask } from "../secrets/SecretMask.js";
import { failure, type Outcome, outcomeOfAnswer, withUsage } from "./outcome.js";
import { misfitOf } from "./output-schema.js";
import { readAnswer } from "./read-answer.js";

/** How much of an answer that does not fit is kept to show it to the agent, in characters. */
const MAX_ANSWER_CHARS = 16_384;

/** What must hold for the answer of an attempt to be accepted. */
export interface AnswerRules {
  /** The JSON Schema of the step's `output`. */
  readonly schema?: unknown;
  /** The files that the attempt must have left in the run's directory. */
  readonly files?: readonly string[] | undefined;
  readonly runDirectory?: string | undefined;
  /** Replaces secrets in the answer. */
  readonly mask?: SecretMask | undefined;
}

/**
 * Returns the outcome for an agent's answer: `invalid_output` if the answer does not fit the schema
 * of its step, or lacks a declared file. Nothing of such an answer is a result.
 */
export async function finishAnswer(
  answer: unknown,
  rules: AnswerRules,
  now: () => number,
): Promise<Outcome> {
  const { schema, files, runDirectory = "", mask } = rules;
  const reply = readReply(answer);
  let value = reply.result;
  if (schema !== undefined) {
    const read = readAnswer(value, { schema, misfit: (read) => misfitOf(schema, read) });
    if (!read.ok) return misfit(read.error, reply, rules, now());
    ({ value } = read);
  }
  if (mask !== undefined) value = mask.value(value);
  const outcome = outcomeOfAnswer(withResult(reply, value), now());
  if (!outcome.ok)
    return schema === undefined ? outcome : misfit(outcome.error, reply, rules, now());
  if (files === undefined) return outcome;
  const collected = await collectFiles(runDirectory, files);
  if (!collected.ok) return misfit(collected.error, { ...reply, result: value }, rules, now());
  return { ...outcome, at: now(), files: collected.files, artifacts: collected.artifacts };
}

function withResult(reply: AgentReply, result: unknown): unknown {
  return agentReply({ ...reply, result });
}

function misfit(
  error: string,
  { result: answer, usage }: AgentReply,
  { mask }: AnswerRules,
  at: number,
): Outcome {
  const text = typeof answer === "string" ? answer : asText(answer);
  const shown = (mask?.text(text) ?? text).slice(0, MAX_ANSWER_CHARS).toWellFormed();
  const outcome = failure(mask?.text(error) ?? error, "invalid_output", at);
  return { ...withUsage(outcome, usage), answer: shown };
}

/** An answer as text; one that is not JSON has none. */
function asText(answer: unknown): string {
  try {
    return JSON.stringify(answer) ?? "null";
  } catch {
    return "";
  }
}
