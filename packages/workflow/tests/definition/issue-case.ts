import type { WorkflowFormat } from "../../src/index.js";

/** A text with one issue, and the place and wording of that issue. */
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
/** A workflow that is valid except for these lines at its top level. */
export const top = (lines: string) => `name: n\n${lines}steps: [{ id: a, agentId: w, task: t }]\n`;
/** A workflow with one step that has this task. */
export const task = (written: string) =>
  `name: n\nsteps:\n  - id: a\n    agentId: w\n    task: ${written}\n`;

/** A workflow with these steps. */
export const graph = (steps: string) => `name: n\ndefaults: { agentId: w }\nsteps:\n${steps}`;

/** A workflow with one step, which has these lines after its id. */
export const ofStep = (lines: string) => `name: n\nsteps:\n  - id: a\n    ${lines}\n`;
/** A workflow with one step of an agent, which has these lines after its task. */
export const ofAgent = (lines: string) =>
  `name: n\nsteps:\n  - id: a\n    agentId: w\n    task: t\n    ${lines}\n`;
/** A workflow with these lines, and one step of an agent. */
export const ofWorkflow = (lines: string) =>
  `name: n\n${lines}\nsteps: [{ id: a, agentId: w, task: t }]\n`;
/** A workflow with these lines and a name. */
export const whole = (lines: string) => `name: n\n${lines}\n`;
