import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseDuration } from "@automatosx/schemas";
import { type Behaviour, behaviourKind, type RequestPart } from "@automatosx/schemas/test-files";
import type { AgentError, AgentRequest, AgentUsage } from "@automatosx/workflow";
import { agentFailure, withCost } from "./agent-failure.js";
import { stepIdOf } from "./step-id.js";

/** One launch of a scripted agent. */
export interface Launch {
  readonly request: AgentRequest;
  /** Launches of this agent at this step so far, with this one. */
  readonly number: number;
  /** The time on the run's clock, in ms since the epoch. */
  readonly now: () => number;
  /** Settles after this time on the run's clock; rejects if the attempt is stopped. */
  readonly wait: (durationMs: number) => Promise<void>;
  /** Rejects when the attempt is stopped. */
  readonly hang: () => Promise<never>;
  /** Makes a value that fits the schema of the answer. */
  readonly generate: () => Promise<unknown>;
}

/** The answer to one launch. */
export interface Answer {
  readonly result: unknown;
  readonly usage?: AgentUsage;
}

const ECHO: Behaviour = { echo: true };

/**
 * Does what the behaviour says with one launch, and returns the answer. Rejects with an
 * `AgentError` if the launch fails.
 */
export async function behave(behaviour: Behaviour, launch: Launch): Promise<Answer> {
  const { request, number } = launch;
  const next = (): Promise<Answer> => behave(behaviour.then ?? ECHO, launch);
  switch (behaviourKind(behaviour)) {
    case "json":
      return { result: behaviour.json };
    case "text":
      return { result: behaviour.text };
    case "parse":
      return { result: parsed(request.task) };
    case "feedback":
      return { result: { feedback: partOf(request, "feedback") !== null } };
    case "fail":
      if (number <= (behaviour.fail ?? 0)) throw failureOf(behaviour, number);
      return next();
    case "rateLimit":
      throw rateLimitOf(behaviour, launch);
    case "script": {
      const { script = [] } = behaviour;
      return behave(script[Math.min(number, script.length) - 1] ?? ECHO, launch);
    }
    case "steps":
      return behave(ofStep(behaviour, request.stepId), launch);
    case "sleep":
      await launch.wait(msOf(behaviour.sleep));
      return next();
    case "usage":
      return withUsage(agentUsage(behaviour), next);
    case "write":
      writeFiles(behaviour.write ?? {}, request);
      return next();
    case "request":
      return {
        result: Object.fromEntries(
          (behaviour.request ?? []).map((part: RequestPart) => [part, partOf(request, part)]),
        ),
      };
    case "generate":
      return { result: await launch.generate() };
    case "hang":
      return launch.hang();
    case "echo":
    case undefined:
      return { result: request.task };
  }
}

/** Returns the duration of a behaviour or of an action in ms. */
export function msOf(duration: string | number | undefined): number {
  return typeof duration === "string" ? (parseDuration(duration) ?? 0) : (duration ?? 0);
}

function parsed(task: string): unknown {
  try {
    return JSON.parse(task) as unknown;
  } catch {
    throw agentFailure("The task is not JSON, so `parse` cannot read it.", { class: "fatal" });
  }
}

function failureOf({ message, reason = "error", usage }: Behaviour, number: number): AgentError {
  return agentFailure(message ?? `planned failure of launch ${number}`, {
    class: reason,
    usage: agentUsage({ usage }),
  });
}

/** A limit of the provider. It is known when it resets, unless `rateLimit` is true. */
function rateLimitOf({ rateLimit, usage }: Behaviour, { now }: Launch): AgentError {
  return agentFailure("planned rate limit", {
    class: "rate_limit",
    retryAt: rateLimit === true ? undefined : now() + msOf(rateLimit),
    usage: agentUsage({ usage }),
  });
}

/** Returns the behaviour for a step: that of its path, else that of its id. */
function ofStep({ steps = {}, else: rest = ECHO }: Behaviour, path: string): Behaviour {
  for (const name of [path, stepIdOf(path)])
    if (Object.hasOwn(steps, name)) return steps[name] ?? rest;
  return rest;
}

/** Reports the cost with the answer, or with the failure: an attempt that is stopped costs too. */
async function withUsage(
  usage: AgentUsage | undefined,
  answer: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return { ...(await answer()), ...(usage !== undefined && { usage }) };
  } catch (error) {
    throw withCost(error, usage);
  }
}

/** The cost of an attempt as agents report it. */
function agentUsage({ usage }: Pick<Behaviour, "usage">): AgentUsage | undefined {
  if (usage === undefined) return undefined;
  const { usd, tokens } = usage;
  return {
    ...(usd !== undefined && { usd }),
    ...(tokens !== undefined && { inputTokens: tokens }),
  };
}

function writeFiles(files: Readonly<Record<string, string>>, request: AgentRequest): void {
  const folder = partOf(request, "runDirectory");
  if (typeof folder !== "string")
    throw agentFailure("The run has no directory, so `write` cannot write files.", {
      class: "fatal",
    });
  for (const [path, text] of Object.entries(files)) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
}

/** Returns a part of the request; null if it is absent. */
function partOf(request: AgentRequest, name: string): unknown {
  return (request as unknown as Readonly<Record<string, unknown>>)[name] ?? null;
}
