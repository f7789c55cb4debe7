import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { AgentRequest } from "../agents/AgentPort.js";
import { withheldVariables } from "../secrets/withheld-variables.js";

/** The environment variable that marks every process of an attempt with its idempotency key. */
export const ATTEMPT_VARIABLE = "AX_ATTEMPT";

/**
 * The environment variable that marks every process of an attempt with its token. Unlike the key,
 * the token differs between a database and a copy of it, so only it decides which processes to end.
 */
export const TOKEN_VARIABLE = "AX_ATTEMPT_TOKEN";

/**
 * The keys of the enclosing attempts, separated by spaces. They exist when an agent runs workflows
 * itself.
 */
export const OUTER_ATTEMPTS_VARIABLE = "AX_OUTER_ATTEMPTS";

/** The tokens of the enclosing attempts, separated by spaces. */
export const OUTER_TOKENS_VARIABLE = "AX_OUTER_ATTEMPT_TOKENS";

/** The environment variable with what identifies the effect of an attempt. */
const EFFECT_VARIABLE = "AX_EFFECT_KEY";

/** The environment variable with the absolute path of the run's directory. */
const RUN_DIRECTORY_VARIABLE = "AX_RUN_DIR";

/** The environment variables with the span of an attempt, as traced programs read them. */
const TRACE_VARIABLE = "TRACEPARENT";
const TRACE_STATE_VARIABLE = "TRACESTATE";

/** Variables to add to an environment, by name. Null removes a variable. */
export type EnvironmentChanges = Readonly<Record<string, string | null>>;

/** An environment with changes. On Windows, the case of a variable's name does not matter. */
export function changedEnvironment(
  inherited: NodeJS.ProcessEnv,
  changes: EnvironmentChanges,
): NodeJS.ProcessEnv {
  const changed = new Set(Object.keys(changes).map(comparable));
  const kept = Object.entries(inherited).filter(([name]) => !changed.has(comparable(name)));
  const added = Object.entries(changes).filter(([, value]) => value !== null);
  return Object.fromEntries([...kept, ...added]) as NodeJS.ProcessEnv;
}

/**
 * The change of `PWD` for a program that runs in another folder. A shell would set it, and some
 * programs read their folder from it. A `PWD` that leads to the folder by a link is kept.
 */
export function workingDirectory(
  cwd: string,
  inherited: NodeJS.ProcessEnv = process.env,
): EnvironmentChanges {
  const { PWD } = inherited;
  if (PWD === undefined || PWD === cwd) return {};
  try {
    return realpathSync(PWD) === realpathSync(cwd) ? {} : { PWD: resolve(cwd) };
  } catch {
    return { PWD: resolve(cwd) };
  }
}

function comparable(name: string): string {
  return process.platform === "win32" ? name.toUpperCase() : name;
}

/**
 * The environment of an agent's program: this process's environment, without secrets and
 * credentials of a backend (`withheldVariables`), changed by `changes`, then the variables that
 * identify the attempt (`AX_ATTEMPT`, the idempotency key; `AX_ATTEMPT_TOKEN`; `AX_RUN_ID`,
 * `AX_STEP_ID`, `AX_ATTEMPT_NUMBER`; `AX_EFFECT_KEY`, the same for all attempts that make the same
 * request; `AX_RUN_DIR` if the run has a directory; `TRACEPARENT` if the attempt belongs to a
 * trace). These replace the variables of an outer run. The outer run's keys and tokens
 * stay in `AX_OUTER_ATTEMPTS` and `AX_OUTER_ATTEMPT_TOKENS`, so that ending the outer attempt also
 * ends the processes of the inner one.
 */
export function attemptEnvironment(
  request: Pick<
    AgentRequest,
    | "runId"
    | "stepId"
    | "attemptNumber"
    | "idempotencyKey"
    | "effectKey"
    | "attemptToken"
    | "runDirectory"
    | "traceparent"
  >,
  changes: EnvironmentChanges,
  own: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const {
    [ATTEMPT_VARIABLE]: outer,
    [OUTER_ATTEMPTS_VARIABLE]: outerOfOuter,
    [TOKEN_VARIABLE]: outerToken,
    [OUTER_TOKENS_VARIABLE]: outerTokensOfOuter,
    [RUN_DIRECTORY_VARIABLE]: _,
    [EFFECT_VARIABLE]: __,
    ...others
  } = own;
  const inherited = withoutWithheld(
    request.traceparent === undefined ? others : withoutTrace(others),
  );
  const outerKeys = joined(outerOfOuter, outer);
  const outerTokens = joined(outerTokensOfOuter, outerToken);
  return {
    ...changedEnvironment(inherited, changes),
    ...(outerKeys !== "" && { [OUTER_ATTEMPTS_VARIABLE]: outerKeys }),
    ...(outerTokens !== "" && { [OUTER_TOKENS_VARIABLE]: outerTokens }),
    [ATTEMPT_VARIABLE]: request.idempotencyKey,
    ...(request.attemptToken !== undefined && { [TOKEN_VARIABLE]: request.attemptToken }),
    AX_RUN_ID: request.runId,
    AX_STEP_ID: request.stepId,
    AX_ATTEMPT_NUMBER: String(request.attemptNumber),
    ...(request.effectKey !== undefined && { [EFFECT_VARIABLE]: request.effectKey }),
    ...(request.runDirectory !== undefined && { [RUN_DIRECTORY_VARIABLE]: request.runDirectory }),
    ...(request.traceparent !== undefined && { [TRACE_VARIABLE]: request.traceparent }),
  };
}

// The state of another trace must not come with this one.
function withoutTrace(inherited: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return changedEnvironment(inherited, { [TRACE_VARIABLE]: null, [TRACE_STATE_VARIABLE]: null });
}

function withoutWithheld(inherited: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = withheldVariables(inherited, comparable);
  return names.length === 0
    ? inherited
    : changedEnvironment(inherited, Object.fromEntries(names.map((name) => [name, null])));
}

function joined(...lists: readonly (string | undefined)[]): string {
  return lists.filter((list) => list !== undefined && list !== "").join(" ");
}
