import { resolve } from "node:path";
import { parseDuration } from "@automatosx/schemas";
import { type Receiver, type Subscription, WorkflowError } from "@automatosx/workflow";
import type { HiddenText, WrittenReceiver } from "./notify.schema.js";

/** The receivers of notices in an agents file. */
export interface WrittenReceivers {
  readonly written: readonly WrittenReceiver[];
  /** The path of the file. */
  readonly source: string;
  /** The folder against which relative folders are resolved. */
  readonly baseFolder: string;
}

/**
 * Returns the receivers for `WorkflowEngine.open({ notify })`, with the values of the environment
 * variables that they name.
 *
 * @throws WorkflowError `invalid_argument` for a variable that is not set
 */
export function readReceivers(
  { written, source, baseFolder }: WrittenReceivers,
  env: NodeJS.ProcessEnv,
): readonly Receiver[] {
  return written.map((receiver, index): Receiver => {
    const { timeout } = receiver;
    const on = receiver.on as readonly Subscription[];
    const common = { on, ...(timeout !== undefined && { timeoutMs: msOf(timeout) }) };
    const valueOf = (hidden: HiddenText, key: string): string =>
      typeof hidden === "string"
        ? hidden
        : variable(env, hidden.env, `\`notify[${index}].${key}\` of ${source}`);
    if ("command" in receiver) {
      const { command, cwd = ".", env: changes = {} } = receiver;
      return { ...common, command, cwd: resolve(baseFolder, cwd), env: changes };
    }
    const { url, secret, headers = {} } = receiver;
    return {
      ...common,
      url: valueOf(url, "url"),
      ...(secret !== undefined && { secret: valueOf(secret, "secret") }),
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, valueOf(value, `headers.${name}`)]),
      ),
    };
  });
}

function msOf(written: number | string): number {
  return typeof written === "number" ? written : (parseDuration(written) ?? 0);
}

function variable(env: NodeJS.ProcessEnv, name: string, place: string): string {
  const value = env[name];
  if (value !== undefined && value !== "") return value;
  throw new WorkflowError(
    "invalid_argument",
    `${place} needs the environment variable ${name}, which is not set.`,
    { remedy: `Set ${name}, or remove the receiver from the file.` },
  );
}
