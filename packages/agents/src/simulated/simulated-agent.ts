import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { DEFAULT_GRACE_MS } from "@automatosx/schemas";
import type { AgentPort, AgentRequest, RunRequest } from "@automatosx/workflow";
import {
  amount,
  checkOptions,
  must,
  type OptionCheck,
  type OptionChecks,
  record,
} from "@automatosx/workflow/checks";
import { reclaimAfter } from "@automatosx/workflow/programs";
import { cleanText } from "@automatosx/workflow/terminal-text";
import { answerWith, pathsReadByTasks, type TaskTexts } from "./simulated-answer.js";
import { isOpenObject, valueOfSchema } from "./value-of-schema.js";
import { writeDeclaredFiles } from "./write-declared-files.js";

/**
 * The result of a simulated agent, marked so that it cannot be mistaken for real work. With
 * `SimulatedAgentOptions.workflow` it also has the fields that later tasks read; if they read an
 * item of it, it is a list of such results.
 */
export interface SimulatedResult {
  /** Marks a result that is made up. */
  readonly simulated: true;
  /** The id of the agent that was replaced. */
  readonly agentId: string;
  /** The id of the step. */
  readonly stepId: string;
  /** A sentence that stands for the answer. */
  readonly summary: string;
}

/** How a simulated agent behaves. */
export interface SimulatedAgentOptions {
  /** How long each attempt takes, in ms. Default 0. */
  readonly delayMs?: number;
  /**
   * The workflow whose steps the agent performs. Each result then has the fields that later tasks
   * read from it (`${{ steps.plan.output.title }}`), filled with made-up text.
   */
  readonly workflow?: TaskTexts;
}

const stepList = must("a list of steps", (value) => Array.isArray(value));

/** The check of the workflow that a simulated agent performs. It may have other members. */
export const taskTexts: OptionCheck = (value, name) => {
  record()(value, name);
  const { steps, on = {}, outputs = {} } = value as TaskTexts;
  stepList(steps, `${name}.steps`);
  record(stepList)(on, `${name}.on`);
  record()(outputs, `${name}.outputs`);
};

const SIMULATED_CHECKS: OptionChecks<SimulatedAgentOptions> = {
  delayMs: amount(0),
  workflow: taskTexts,
};

/** An agent that is marked as doing no real work. */
export interface SimulatedAgent extends AgentPort {
  readonly isSimulated: true;
}

/** Whether the agent is simulated. */
export function isSimulatedAgent(agent: AgentPort): agent is SimulatedAgent {
  return "isSimulated" in agent && agent.isSimulated === true;
}

/**
 * Returns an agent that does no real work and marks its results as simulated. Use it to try out a
 * workflow before any program is installed or paid for. The same step, task and attempt always
 * produce the same result.
 *
 * On resume it ends the programs of orphaned attempts, like the agents that it replaces.
 */
export function simulatedAgent(options: SimulatedAgentOptions = {}): SimulatedAgent {
  checkOptions<SimulatedAgentOptions>("simulatedAgent", options, SIMULATED_CHECKS);
  const { delayMs = 0, workflow = { steps: [] } } = options;
  let paths: ReturnType<typeof pathsReadByTasks> | undefined;
  return {
    isSimulated: true,
    description: "simulated: runs no program",
    async execute(request: AgentRequest): Promise<unknown> {
      request.signal.throwIfAborted();
      request.log(
        `[simulated] ${request.agentId} begins attempt ${request.attemptNumber} at ` +
          `${request.stepId}\n`,
      );
      if (delayMs > 0) await waitFor(delayMs, request.signal);
      const summary = summaryOf(request);
      request.log(`${summary}\n`);
      await writeDeclaredFiles(request);
      const { agentId, stepId } = request;
      const result: SimulatedResult = { simulated: true, agentId, stepId, summary };
      if (request.schema !== undefined) return answerBySchema(request, result);
      if (request.run !== undefined) return printedBy(request.run, summary);
      paths ??= pathsReadByTasks(workflow);
      return answerWith({ ...result }, paths.get(idOf(stepId)) ?? [], `[simulated] ${stepId}`);
    },
    reclaim: reclaimAfter(DEFAULT_GRACE_MS),
  };
}

/** The id of a step, which is the last one in its path: `test` of `build[auth].test#2`. */
function idOf(stepId: string): string {
  return /([A-Za-z][\w-]*)(?:\[[^\]]*\]|#\d+)*$/.exec(stepId)?.[1] ?? stepId;
}

// The mark is left out where the schema has no room for it.
function answerBySchema({ schema, stepId }: AgentRequest, result: SimulatedResult): unknown {
  const value = valueOfSchema(schema, `[simulated] ${stepId}`);
  return isOpenObject(schema) ? { ...result, ...Object(value) } : value;
}

/** What the program of a `run` step would have given, which is not run. */
function printedBy({ okExitCodes = [0] }: RunRequest, summary: string): unknown {
  return okExitCodes.length < 2 ? summary : { stdout: summary, exitCode: okExitCodes[0] };
}

function summaryOf({ stepId, task, attemptNumber, agentId }: AgentRequest): string {
  const mark = createHash("sha256")
    .update(JSON.stringify([stepId, task, attemptNumber]))
    .digest("hex")
    .slice(0, 8);
  return `[simulated] ${agentId} would have done ${stepId}: ${firstWords(task)} (${mark})`;
}

/** The beginning of the task on one line. */
function firstWords(task: string): string {
  const line = cleanText(task.slice(0, 400)).replace(/\s+/g, " ").trim();
  return line.length <= 60 ? line : `${line.slice(0, 59)}…`;
}

async function waitFor(delayMs: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(delayMs, undefined, { signal });
  } catch {
    throw signal.reason;
  }
}
