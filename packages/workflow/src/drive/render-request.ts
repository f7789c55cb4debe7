import type { AgentRequest, RunRequest } from "../agents/AgentPort.js";
import { type ExpressionBindings, Templates } from "../core/expressions.js";
import { bindingsOf, renderTemplate } from "../definition/render-template.js";
import { filePathProblem } from "../run-directory/file-path.js";
import { SecretMask } from "../secrets/SecretMask.js";
import type { AttemptRequest } from "./attempt-request.js";
import { secretNames } from "./secret-names.js";

/** How many bytes `with` may have as JSON. */
const MAX_WITH_BYTES = 256 * 1024;

/** How many bytes a variable may have with its name, and all of them together. */
const MAX_VARIABLE_BYTES = 128 * 1024;
const MAX_ENVIRONMENT_BYTES = 1024 * 1024;

/** The parts of a request that are rendered, besides its task. */
export type RenderedParts = Pick<AgentRequest, "with" | "files" | "run">;

/** The rendered parts, or why one of them cannot be rendered. */
export type RenderedRequest =
  | { readonly ok: true; readonly parts: RenderedParts }
  | { readonly ok: false; readonly error: string };

/** What the process that performs an attempt adds to the values of its request. */
export interface RenderOptions {
  /** The absolute path of the run's directory; absent if the run has none. */
  readonly runDirectory?: string | undefined;
  /** Supplies a secret; undefined if this host does not have it. */
  secrets?(name: string): string | undefined;
}

/** The parts of a request that has only a task. */
export const NO_PARTS: RenderedParts = {};

// One object for all: a fan-out renders thousands of requests in one turn.
const NOTHING_TO_RENDER: RenderedRequest = { ok: true, parts: NO_PARTS };

/** The failure of one template, which ends the rendering. */
class RenderError extends Error {}

/** The values that the templates of a step name, by root name. */
type Values = AttemptRequest["values"];

/** Returns the values of a request, and the directory of the run on this host. */
export function requestValues(
  { values }: Pick<AttemptRequest, "values">,
  { runDirectory }: RenderOptions,
): Values {
  if (runDirectory === undefined) return values;
  return { ...values, run: { ...Object(values["run"]), dir: runDirectory } };
}

/** Renders `with`, `files` and `run` of a request, for the process that performs the attempt. */
export function renderRequest(
  { with: given, files, run }: Pick<AttemptRequest, "with" | "files" | "run">,
  values: Values,
  options: Pick<RenderOptions, "secrets">,
): RenderedRequest {
  if (given === undefined && files === undefined && run === undefined) return NOTHING_TO_RENDER;
  try {
    const parts = {
      ...(given !== undefined && { with: renderOptions(given, bindingsOf(values)) }),
      ...(files !== undefined && { files: renderFiles(files, values) }),
      ...(run !== undefined && { run: renderRun(run, values, options) }),
    };
    return { ok: true, parts };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return { ok: false, error: error.message };
  }
}

function renderOptions(
  given: Readonly<Record<string, unknown>>,
  bindings: ExpressionBindings,
): Readonly<Record<string, unknown>> {
  const read = Templates.read(given);
  if (!read.ok) {
    const [first] = read.problems;
    throw new RenderError(`in \`with\`: ${first?.problem.message}`);
  }
  const filled = Templates.fill(read.json, bindings);
  if (!filled.ok) throw new RenderError(`in \`with\`: ${filled.failure.message}`);
  // A copy: what an agent does to it changes nothing that others are given.
  const text = JSON.stringify(filled.value);
  if (Buffer.byteLength(text) > MAX_WITH_BYTES)
    throw new RenderError(
      `\`with\` has ${Buffer.byteLength(text)} bytes; the limit is ${MAX_WITH_BYTES} bytes. ` +
        "Write large values to files, and pass their paths",
    );
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}

function renderFiles(files: readonly string[], values: Values): readonly string[] {
  const rendered = files.map((path, index) => renderText(path, `files[${index}]`, values));
  for (const [index, path] of rendered.entries()) {
    const problem = filePathProblem(path);
    if (problem !== undefined)
      throw new RenderError(`in \`files[${index}]\`: the path \`${path}\` ${problem}`);
    if (rendered.indexOf(path) < index)
      throw new RenderError(`in \`files[${index}]\`: the path \`${path}\` is listed twice`);
  }
  return rendered;
}

function renderRun(
  run: NonNullable<AttemptRequest["run"]>,
  values: Values,
  options: Pick<RenderOptions, "secrets">,
): RunRequest {
  const { command, script, shell, env, dir, input, okExitCodes } = run;
  const [program = "", ...args] = command ?? [];
  const environment = env && renderEnvironment(env, values, options);
  return {
    ...(command !== undefined && {
      command: [
        withoutEscapes(program),
        ...args.map((arg, index) => renderText(arg, `run.command[${index + 1}]`, values)),
      ],
    }),
    ...(script !== undefined && { script: withoutEscapes(script) }),
    ...(shell !== undefined && { shell: shell.map(withoutEscapes) }),
    ...environment,
    ...(dir !== undefined && { dir: renderText(dir, "run.dir", values) }),
    ...(input !== undefined && { input: renderText(input, "run.input", values) }),
    ...(okExitCodes !== undefined && { okExitCodes }),
  };
}

function renderEnvironment(
  env: Readonly<Record<string, string>>,
  values: Values,
  options: Pick<RenderOptions, "secrets">,
): Pick<RunRequest, "env" | "mask"> {
  const secrets: Record<string, string> = {};
  for (const name of Object.values(env).flatMap(secretNames)) {
    const secret = options.secrets?.(name);
    if (secret === undefined) throw new RenderError(`the secret \`${name}\` is not known here`);
    secrets[name] = secret;
  }
  const hasSecrets = Object.keys(secrets).length > 0;
  const mask = new SecretMask(Object.values(secrets));
  const all = hasSecrets ? { ...values, secrets } : values;
  const rendered: Record<string, string> = {};
  let total = 0;
  for (const [name, template] of Object.entries(env)) {
    let value: string;
    try {
      value = renderText(template, `run.env.${name}`, all);
    } catch (error) {
      // An error may quote the value that it is about.
      throw error instanceof RenderError ? new RenderError(mask.text(error.message)) : error;
    }
    total += checkVariable(name, value);
    rendered[name] = value;
  }
  if (total > MAX_ENVIRONMENT_BYTES)
    throw new RenderError(
      `the variables of \`run.env\` have ${total} bytes; the limit is ${MAX_ENVIRONMENT_BYTES} ` +
        "bytes. Write large values to files of `run.dir`, and pass their paths",
    );
  return { env: rendered, ...(hasSecrets && { mask }) };
}

/** Returns how many bytes a variable takes. */
function checkVariable(name: string, value: string): number {
  if (value.includes("\0"))
    throw new RenderError(
      `the value of \`run.env.${name}\` contains a NUL character, which no variable can hold. ` +
        "Write it to a file of `run.dir`, and pass its path",
    );
  const bytes = Buffer.byteLength(name) + Buffer.byteLength(value) + 2;
  if (bytes > MAX_VARIABLE_BYTES)
    throw new RenderError(
      `the variable \`run.env.${name}\` has ${bytes} bytes; the limit is ${MAX_VARIABLE_BYTES} ` +
        "bytes. Write large values to files of `run.dir`, and pass their paths",
    );
  return bytes;
}

function renderText(template: string, where: string, values: Values): string {
  const rendered = renderTemplate(template, values);
  if (!rendered.ok) throw new RenderError(`in \`${where}\`: ${rendered.error}`);
  return rendered.text;
}

/** The text of a place where values cannot stand: only the escape of `${{` is replaced. */
function withoutEscapes(text: string): string {
  return text.replaceAll("$${{", "${{");
}
