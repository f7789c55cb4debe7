import type { WorkflowFormat } from "../../src/index.js";

/** A text with one issue: where it is, and in which words. */
export interface IssueCase {
  readonly what: string;
  readonly format?: WorkflowFormat;
  readonly text: string;
  readonly code: string;
  readonly at: readonly [line: number, column: number];
  readonly says: string;
  readonly remedy: string;
}

/** A workflow that is valid except for these lines in its first step. */
export const step = (lines: string) =>
  `name: n\nsteps:\n  - id: a\n    agentId: w\n    task: t\n${lines}`;
/** A workflow that is valid except for these lines at its top. */
export const top = (lines: string) => `name: n\n${lines}steps: [{ id: a, agentId: w, task: t }]\n`;
/** A workflow of one step with this task. */
export const task = (written: string) =>
  `name: n\nsteps:\n  - id: a\n    agentId: w\n    task: ${written}\n`;

/** A workflow of these steps. */
export const graph = (steps: string) => `name: n\ndefaults: { agentId: w }\nsteps:\n${steps}`;
