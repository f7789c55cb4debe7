import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { EXTENSION_PREFIX, Identifier, normaliseAgent, WrittenAgent } from "@automatosx/schemas";
import { type DefinitionIssue, WorkflowError } from "@automatosx/workflow";
import { type Document, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { AgentRegistry, ANY_AGENT } from "../registry/AgentRegistry.js";
import { agentFromDefinition } from "../registry/agent-from-definition.js";
import {
  agentIssue,
  agentsFileIssues,
  type LocatedText,
  syntaxIssue,
} from "./agents-file-issues.js";

/** The largest agents file that is read. The time that YAML takes grows with the square of the number of keys. */
export const AGENTS_FILE_LIMIT_BYTES = 100_000;

/** How many mistakes of one file are told: a file that is no YAML at all has one at each character. */
const ISSUE_LIMIT = 20;

// As in a workflow file, keys that begin with `x-` are the writer's own.
const AgentsFile = z.preprocess(
  (data) =>
    isMapping(data)
      ? Object.fromEntries(
          Object.entries(data).filter(([key]) => !key.startsWith(EXTENSION_PREFIX)),
        )
      : data,
  z.strictObject({ agents: z.record(z.union([z.literal(ANY_AGENT), Identifier]), WrittenAgent) }),
);

/**
 * The agents of an `agents.yaml`: a map under the key `agents`, as in a workflow file. A relative `cwd`, and a relative program with
 * a slash in its name, count from the file's folder. The id `*` is the fallback.
 *
 * @throws WorkflowError `invalid_definition` with the issues, each at its line; `invalid_argument` when the file cannot be read.
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
  const unusable: DefinitionIssue[] = [];
  for (const [id, written] of Object.entries(checked.data.agents)) {
    try {
      const definition = normaliseAgent(written);
      const place = { baseFolder: dirname(resolve(path)) };
      const agent = agentFromDefinition(definition, id, place);
      registry.register(id, agent, { source: path, definition, place });
    } catch (error) {
      if (!(error instanceof WorkflowError)) throw error;
      unusable.push(agentIssue(place, id, error));
    }
  }
  if (unusable.length > 0) throw invalid(path, unusable);
  return registry;
}

async function readAgentsFile(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const message = isMissing
      ? `There is no agents file ${path}.`
      : `The agents file ${path} cannot be read: ${(cause as Error).message}`;
    throw new WorkflowError("invalid_argument", message, {
      remedy: "Name a file with agents under the key `agents`.",
      cause,
    });
  }
  if (bytes.length > AGENTS_FILE_LIMIT_BYTES) {
    throw new WorkflowError(
      "invalid_argument",
      `The agents file ${path} is larger than ${AGENTS_FILE_LIMIT_BYTES} bytes.`,
      {
        remedy: "Split it, or move long text into files of its own.",
      },
    );
  }
  return bytes.toString("utf8");
}

// An alias to nothing, or too many of them, are only found here.
function toData(document: Document, path: string, place: LocatedText): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw invalid(path, [syntaxIssue(place, (cause as Error).message, 0)]);
  }
}

function isMapping(data: unknown): data is Record<string, unknown> {
  return typeof data === "object" && data !== null && !Array.isArray(data);
}

function invalid(path: string, issues: readonly DefinitionIssue[]): WorkflowError {
  const [first] = issues;
  const remedy = first?.remedy === undefined ? "" : `; ${first.remedy}`;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return new WorkflowError(
    "invalid_definition",
    `${path}:${first?.line}:${first?.column} ${first?.message}${remedy}${more}`,
    {
      remedy: "Correct the agents file and try again.",
      issues: issues.slice(0, ISSUE_LIMIT),
    },
  );
}
