import type { AgentRequest } from "@automatosx/workflow";

/**
 * Returns the task as text for a program that reads nothing else: the task and, if the last answer
 * did not fit, why it did not, and that answer.
 */
export function taskText({ task, feedback }: Pick<AgentRequest, "task" | "feedback">): string {
  if (feedback === undefined) return task;
  const { error, answer } = feedback;
  const was = answer === undefined ? "" : `\n\nThat answer was:\n\n${answer}`;
  return `${task}\n\nYour last answer to this task could not be used: ${error}.${was}\n`;
}
