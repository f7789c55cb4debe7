import { WorkflowError } from "@automatosx/workflow";
import { messageOf } from "@automatosx/workflow/errors";
import type { SerializerProtocol } from "@langchain/langgraph-checkpoint";
import type { Serialized } from "./ValueTable.js";

/**
 * How many arrays and objects a value may nest once it is JSON. LangGraph's serializer writes more
 * levels than it reads.
 */
const MAX_LEVELS = 500;

/** The type that LangGraph's serializer gives to JSON. */
const JSON_TYPE = "json";

/**
 * Serializes a value. `what` names it in an error.
 *
 * @throws WorkflowError `invalid_argument` if the value cannot be serialized, or could not be read
 * back
 */
export async function dumpValue(
  serde: SerializerProtocol,
  value: unknown,
  what: string,
): Promise<Serialized> {
  let type: string;
  let bytes: Uint8Array;
  try {
    [type, bytes] = await serde.dumpsTyped(value);
  } catch (cause) {
    throw refusal(`${what} cannot be serialized: ${messageOf(cause)}`, cause);
  }
  if (type === JSON_TYPE && bytes.length === 0)
    throw refusal(`${what} cannot be serialized: it is a ${typeof value}`);
  if (type === JSON_TYPE && isDeeperThan(MAX_LEVELS, bytes))
    throw refusal(`${what} is nested more than ${MAX_LEVELS} levels deep`);
  return { type, bytes };
}

function refusal(problem: string, cause?: unknown): WorkflowError {
  return new WorkflowError("invalid_argument", `${problem}.`, {
    remedy: "Change the value in the graph's state. Nothing was written.",
    cause,
  });
}

const [QUOTE, BACKSLASH, ...BRACKETS] = Buffer.from('"\\[{]}');
const [OPEN_LIST, OPEN_MAP, CLOSE_LIST, CLOSE_MAP] = BRACKETS;

function isDeeperThan(limit: number, json: Uint8Array): boolean {
  // Each level has two brackets.
  if (json.length <= 2 * limit) return false;
  let levels = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfText(json, at);
    else if (byte === OPEN_LIST || byte === OPEN_MAP) levels += 1;
    else if (byte === CLOSE_LIST || byte === CLOSE_MAP) levels -= 1;
    if (levels > limit) return true;
  }
  return false;
}

/** Returns the position of the quote that closes the text which opens at `start`. */
function endOfText(json: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}
