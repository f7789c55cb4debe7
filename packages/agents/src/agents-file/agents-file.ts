import { dirname, resolve } from "node:path";
import { normaliseAgent } from "@automatosx/schemas";
import { type DefinitionIssue, ISSUE_KINDS, WorkflowError } from "@automatosx/workflow";
import { path as pathCheck, readTextFile } from "@automatosx/workflow/checks";
import {
  addBlankVariables,
  addReferencesToPrograms,
  agentMapPaths,
  IssueList,
  readYaml,
  refuseLargeMaps,
  SchemaIssues,
  SourceText,
  SourceTree,
  Suggester,
  valueOf,
  warnOfCutText,
  warnOfDurations,
} from "@automatosx/workflow/source";
import type { z } from "zod";
import { AgentRegistry } from "../registry/AgentRegistry.js";
import { agentFromDefinition } from "../registry/agent-from-definition.js";
import { AGENTS_FILE_GUIDE, AgentsFile } from "./agents-file-guide.js";

/** The largest size that an agents file may have: that of a workflow file. */
export const AGENTS_FILE_LIMIT_BYTES = 1024 * 1024;

/**
 * Loads the agents in an `agents.yaml` file: a map under the key `agents`, as in a workflow file. A
 * relative `cwd`, and a relative program path that contains a slash, are resolved against the
 * file's folder. The id `*` is the fallback.
 *
 * @throws WorkflowError `invalid_definition` with every issue and its line and column;
 *   `invalid_argument` when the file cannot be read.
 */
export async function loadAgentsFile(path: string): Promise<AgentRegistry> {
  pathCheck(path, "The path of the agents file");
  return parseAgentsFile(await readAgentsFile(path), path);
}

/**
 * Like `loadAgentsFile`, but takes the file's text. `path` is used in messages and to resolve
 * relative paths.
 */
export function parseAgentsFile(text: string, path: string): AgentRegistry {
  const { registry, issues } = checkAgentsFile(text, path);
  if (registry === undefined) throw invalid(path, issues);
  return registry;
}

/** An agents file that was read and checked. */
export interface CheckedAgentsFile {
  /** Absent if the file has errors. */
  readonly registry?: AgentRegistry;
  /** Every error and warning, in the order of the text. */
  readonly issues: readonly DefinitionIssue[];
}

/** Like `parseAgentsFile`, but returns every issue, including warnings. Never throws. */
export function checkAgentsFile(text: string, path: string): CheckedAgentsFile {
  const issues = new IssueList(new SourceText(text));
  const root = isTooLarge(text, issues) ? undefined : readYaml(issues);
  if (root === undefined) return { issues: issues.all };
  warnOfCutText(root, issues);
  const tree = new SourceTree(() => root);
  const value = valueOf(root);
  if (refuseLargeMaps({ value, tree, issues }, agentMapPaths(value))) return { issues: issues.all };
  const checked = AgentsFile.safeParse(value);
  if (!checked.success)
    new SchemaIssues(AGENTS_FILE_GUIDE, issues, tree, new Suggester()).addAll(checked.error.issues);
  addBlankVariables(issues, tree, agentsOf(value));
  addReferencesToPrograms(agentsOf(value), { tree, issues });
  warnOfDurations(value, tree, issues);
  const registry =
    checked.success && !issues.hasErrors ? registryOf(checked.data, path, issues, tree) : undefined;
  return {
    ...(registry !== undefined && !issues.hasErrors && { registry }),
    issues: issues.all,
  };
}

function agentsOf(value: unknown): unknown {
  return typeof value === "object" && value !== null && "agents" in value
    ? value.agents
    : undefined;
}

/** Reports an agent that cannot work, such as a batch file, as an issue at the agent's id. */
function registryOf(
  { agents, notify = [] }: z.output<typeof AgentsFile>,
  path: string,
  issues: IssueList,
  tree: SourceTree,
): AgentRegistry {
  const registry = new AgentRegistry();
  const place = { baseFolder: dirname(resolve(path)) };
  for (const [id, written] of Object.entries(agents)) {
    try {
      const definition = normaliseAgent(written);
      const agent = agentFromDefinition(definition, id, place);
      registry.register(id, agent, { source: path, definition, place });
    } catch (error) {
      if (!(error instanceof WorkflowError)) throw error;
      const at = ["agents", id];
      const message = `the agent \`${id}\` cannot work: ${error.message}`;
      issues.add(ISSUE_KINDS.invalidValue, at, tree.locate(at, "key"), message, error.remedy);
    }
  }
  if (notify.length > 0)
    registry.setReceivers({ written: notify, source: path, baseFolder: place.baseFolder });
  return registry;
}

function isTooLarge(text: string, issues: IssueList): boolean {
  if (Buffer.byteLength(text) <= AGENTS_FILE_LIMIT_BYTES) return false;
  const message = `the agents file is larger than ${AGENTS_FILE_LIMIT_BYTES} bytes`;
  issues.add(ISSUE_KINDS.tooLarge, [], [0, 1], message);
  return true;
}

function readAgentsFile(path: string): Promise<string> {
  return readTextFile(path, {
    what: `The agents file ${path}`,
    maxBytes: AGENTS_FILE_LIMIT_BYTES,
    tooLarge: "Split it, or move long text into separate files.",
  });
}

function invalid(path: string, issues: readonly DefinitionIssue[]): WorkflowError {
  const errors = issues.filter(({ severity }) => severity === "error");
  const [first] = errors;
  const place = `${path}:${first?.line}:${first?.column}`;
  const remedy = first?.remedy === undefined ? "" : `; ${first.remedy}`;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return new WorkflowError("invalid_definition", `${place} ${first?.message}${remedy}${more}`, {
    remedy: "Correct the agents file, then try again.",
    issues,
  });
}
