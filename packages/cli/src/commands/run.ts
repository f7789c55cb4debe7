import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import type { InputDefinition } from "@automatosx/schemas";
import { Context, Machine, RunReader, type StoragePort } from "@automatosx/workflow";
import { chooseAgents } from "../choose-agents.js";
import { databasePath, shownPath } from "../database.js";
import { type DriveOptions, driveRun } from "../drive-run.js";
import { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { cleanLine } from "../render/clean-text.js";
import { passedOver } from "../render/error.js";
import { count, shellWord, shortId } from "../render/words.js";
import { UsageError } from "../UsageError.js";
import { loadWorkflow, pathOf } from "../workflow-file.js";

export interface RunOptions extends DriveOptions {
  readonly input?: readonly string[];
  readonly inputs?: string;
  readonly context?: readonly string[];
  readonly agents?: string;
  readonly concurrency: number;
  readonly runId?: string;
}

/** Runs a workflow file and shows how it goes. */
export async function run(io: CliIo, name: string, options: RunOptions): Promise<ExitCode> {
  const workflow = await loadWorkflow(io, name);
  const { definition } = workflow;
  const inputs = await readInputs(io, name, options, definition.inputs);
  const context = Object.fromEntries(
    (options.context ?? [])
      .map((pair) => splitPair("--context", pair))
      .map(([key, value]) => [key, jsonOrText(value)]),
  );
  const chosen = await chooseAgents(io, {
    flag: options.agents,
    folder: dirname(pathOf(io, name)),
    definition,
    command: `axw run ${shellWord(name)}`,
    file: name,
  });
  return driveRun({
    io,
    options,
    chosen,
    definition,
    async begin(engine) {
      const { concurrency, runId } = options;
      const before = runId === undefined ? undefined : standing(engine.storage, runId);
      const handle = await engine.start(workflow, {
        inputs,
        context,
        concurrency,
        ...(runId !== undefined && { runId }),
      });
      for (const problem of handle.problems) io.stderr.line(passedOver(problem));
      const what = `run ${shortId(handle.id)} of ${cleanLine(definition.id)} ${cleanLine(definition.version)}`;
      const where = `${shownPath(io, databasePath(io, options))}${chosen.note}`;
      if (before === undefined)
        return {
          handle,
          afterSeq: 0,
          greeting: `${what}  ${count(definition.steps.length, "step")}  ${where}`,
        };
      const { status, seq, completed } = before;
      const kept = `there already, ${status} at event ${seq}: ${count(completed, "result")} kept`;
      return { handle, afterSeq: seq, greeting: `${what}  ${kept}  ${where}` };
    },
  });
}

// How a run of this id stands before it goes on; nothing when there is none.
function standing(
  storage: StoragePort,
  runId: string,
): { status: string; seq: number; completed: number } | undefined {
  const run = storage.getRun(runId);
  if (run === undefined) return undefined;
  const { machine, seq } = RunReader.open(storage, runId).catchUp();
  return {
    status: run.status,
    seq,
    completed: Context.metrics(Machine.context(machine)).completedSteps,
  };
}

type Declared = Readonly<Record<string, InputDefinition>>;

async function readInputs(
  io: CliIo,
  file: string,
  options: RunOptions,
  declared: Declared,
): Promise<Record<string, unknown>> {
  const inputs = new Map<string, unknown>(
    options.inputs === undefined ? [] : Object.entries(await readInputsFile(io, options.inputs)),
  );
  for (const pair of options.input ?? []) {
    const [name, text] = splitPair("--input", pair);
    inputs.set(
      name,
      asDeclared(file, [name, text], Object.hasOwn(declared, name) ? declared[name] : undefined),
    );
  }
  return Object.fromEntries(inputs);
}

async function readInputsFile(io: CliIo, name: string): Promise<object> {
  const path = isAbsolute(name) ? name : join(io.cwd, name);
  const next = existsSync(path) ? `cat ${shellWord(name)}` : "axw run --help";
  try {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    throw new UsageError(`${name} cannot be read: ${(error as Error).message}`, {
      code: "invalid_input",
      remedy: 'Give a JSON file: {"name": value, …}.',
      next,
    });
  }
  throw new UsageError(`${name} holds no JSON object.`, {
    code: "invalid_input",
    remedy: 'Write it as {"name": value, …}.',
    next,
  });
}

function splitPair(flag: string, pair: string): [name: string, value: string] {
  const at = pair.indexOf("=");
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
  throw new UsageError(`${flag} takes NAME=VALUE, and not \`${pair}\`.`, {
    remedy: `Write for example ${flag} feature=login.`,
    next: "axw run --help",
  });
}

// A shell has only text: the declared type says what is meant by it.
function asDeclared(
  file: string,
  [name, text]: readonly [string, string],
  input: InputDefinition | undefined,
): unknown {
  if (input === undefined || input.type === "string") return text;
  const value = jsonOrText(text);
  if ((Array.isArray(value) ? "array" : typeof value) === input.type && value !== null)
    return value;
  throw new UsageError(`Input \`${name}\` is a ${input.type}, and \`${text}\` is none.`, {
    code: "invalid_input",
    remedy: `Write it as JSON: ${name}=${EXAMPLES[input.type]}.`,
    next: `axw run ${shellWord(file)} --input ${name}=${EXAMPLES[input.type]}`,
  });
}

const EXAMPLES = {
  string: "text",
  number: "3",
  boolean: "true",
  object: `'{"key": 1}'`,
  array: `'["a"]'`,
} as const;

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
