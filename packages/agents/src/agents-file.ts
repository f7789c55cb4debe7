import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Identifier, normaliseAgent, WrittenAgent } from "@automatosx/schemas";
import { WorkflowError } from "@automatosx/workflow";
import { type Document, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { ANY_AGENT, AgentRegistry } from "./AgentRegistry.js";
import { agentFromDefinition } from "./agent-from-definition.js";
import { agentsFileIssues, syntaxIssue } from "./agents-file-issues.js";

/** The largest agents file that is read. The time that YAML takes grows with the square of the number of keys. */
export const AGENTS_FILE_LIMIT_BYTES = 100_000;

const AgentsFile = z.strictObject({
  agents: z.record(z.union([z.literal(ANY_AGENT), Identifier]), WrittenAgent),
});

/**
 * The agents of an `agents.yaml`: a map under the key `agents`, as in a workflow file. A relative `cwd`, and a relative program with
 * a slash in its name, count from the file's folder. The id `*` is the fallback.
 *
 * @throws WorkflowError `invalid_definition` with all issues, each at its line; `invalid_argument` when the file cannot be read.
 */
export async function loadAgentsFile(path: string): Promise<AgentRegistry> {
  return parseAgentsFile(await readAgentsFile(path), path);
}

/** As `loadAgentsFile`, for text that is there already. `path` is for messages and relative places. */
export function parseAgentsFile(text: string, path: string): AgentRegistry {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, stringKeys: true });
  const place = { text, document, lineCounter };
  const broken = document.errors.map((error) => syntaxIssue(place, error.message, error.pos[0]));
  if (broken.length > 0) throw invalid(path, broken);
  const checked = AgentsFile.safeParse(toData(document, path, place));
  if (!checked.success) throw invalid(path, agentsFileIssues(place, checked.error.issues));
  const registry = new AgentRegistry();
  for (const [id, written] of Object.entries(checked.data.agents)) {
    const agent = agentFromDefinition(normaliseAgent(written), id, { baseFolder: dirname(resolve(path)) });
    registry.register(id, agent, { source: path });
  }
  return registry;
}

async function readAgentsFile(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const message = isMissing ? `There is no agents file ${path}.` : `The agents file ${path} cannot be read: ${(cause as Error).message}`;
    throw new WorkflowError("invalid_argument", message, { remedy: "Name a file with agents under the key `agents`.", cause });
  }
  if (bytes.length > AGENTS_FILE_LIMIT_BYTES) {
    throw new WorkflowError("invalid_argument", `The agents file ${path} is larger than ${AGENTS_FILE_LIMIT_BYTES} bytes.`, {
      remedy: "Split it, or move long text into files of its own.",
    });
  }
  return bytes.toString("utf8");
}

// An alias to nothing, or too many of them, are only found here.
function toData(document: Document, path: string, place: Parameters<typeof syntaxIssue>[0]): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw invalid(path, [syntaxIssue(place, (cause as Error).message, 0)]);
  }
}

function invalid(path: string, issues: ReturnType<typeof agentsFileIssues>): WorkflowError {
  const lines = issues.map(({ line, column, message, remedy }) => `  ${path}:${line}:${column} ${message}${remedy === undefined ? "" : `; ${remedy}`}`);
  return new WorkflowError("invalid_definition", `The agents file ${path} cannot be used:\n${lines.join("\n")}`, {
    remedy: "Correct the places named, and try again.",
    issues,
  });
}
