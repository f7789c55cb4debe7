import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseDuration } from "@automatosx/schemas";
import { type Behaviour, behaviourKind, type RequestPart } from "@automatosx/schemas/test-files";
import { AgentError, type AgentRequest, agentReply } from "@automatosx/workflow";
import { stepIdOf } from "./step-id.js";

/** One launch of a scripted agent. */
export interface Launch {
  readonly request: AgentRequest;
  /** Launches of this agent at this step so far, with this one. */
  readonly number: number;
  /** Settles after this time on the run's clock; rejects if the attempt is stopped. */
  readonly wait: (durationMs: number) => Promise<void>;
  /** Rejects when the attempt is stopped. */
  readonly hang: () => Promise<never>;
}

const ECHO: Behaviour = { echo: true };

/** Does what the behaviour says with one launch, and returns the answer. */
export async function behave(behaviour: Behaviour, launch: Launch): Promise<unknown> {
  const { request, number } = launch;
  const next = (): Promise<unknown> => behave(behaviour.then ?? ECHO, launch);
  switch (behaviourKind(behaviour)) {
    case "json":
      return behaviour.json;
    case "text":
      return behaviour.text;
    case "parse":
      return parsed(request.task);
    case "feedback":
      return { feedback: partOf(request, "feedback") !== null };
    case "fail":
      if (number <= (behaviour.fail ?? 0)) throw failureOf(behaviour, number);
      return next();
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
      return withUsage(behaviour, await next());
    case "write":
      writeFiles(behaviour.write ?? {}, request);
      return next();
    case "request":
      return Object.fromEntries(
        (behaviour.request ?? []).map((part: RequestPart) => [part, partOf(request, part)]),
      );
    case "hang":
      return launch.hang();
    case "echo":
    case "rateLimit":
    case undefined:
      return request.task;
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
    throw new AgentError("The task is not JSON, so `parse` cannot read it.", { retryable: false });
  }
}

function failureOf({ message, reason }: Behaviour, number: number): AgentError {
  return new AgentError(message ?? `planned failure of launch ${number}`, {
    retryable: reason !== "fatal" && reason !== "refused",
  });
}

/** Returns the behaviour for a step: that of its path, else that of its id. */
function ofStep({ steps = {}, else: rest = ECHO }: Behaviour, path: string): Behaviour {
  for (const name of [path, stepIdOf(path)])
    if (Object.hasOwn(steps, name)) return steps[name] ?? rest;
  return rest;
}

function withUsage({ usage = {} }: Behaviour, result: unknown): unknown {
  const { usd, tokens } = usage;
  return agentReply({
    result,
    usage: {
      ...(usd !== undefined && { usd }),
      ...(tokens !== undefined && { inputTokens: tokens }),
    },
  });
}

function writeFiles(files: Readonly<Record<string, string>>, request: AgentRequest): void {
  const folder = partOf(request, "runDirectory");
  if (typeof folder !== "string")
    throw new AgentError("The run has no directory, so `write` cannot write files.", {
      retryable: false,
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
