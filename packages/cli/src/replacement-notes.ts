import { cleanLine } from "@automatosx/workflow/terminal-text";
import { cutToWidth } from "./render/display-width.js";
import { namesOf } from "./simulation-note.js";

/** The maximum number of replaced agents that are listed. */
const LINE_LIMIT = 10;
/** The maximum width of an agent's description. */
const DESCRIPTION_WIDTH = 60;

/** Who performs the steps of one agent id. */
export interface Performer {
  readonly agentId: string;
  readonly performedBy: string;
  readonly from: string;
  readonly simulated: boolean;
  /** The agent of the workflow file that is not used because this one replaces it. */
  readonly insteadOf?: string;
}

/**
 * Says which agents of the workflow file are not used, and which agents file. If every agent is
 * simulated, one line is enough for all agents of the workflow file.
 */
export function replacementNotes(
  performers: readonly Performer[],
  unusedFile: string | undefined,
): string[] {
  const replaced = performers.filter(({ insteadOf }) => insteadOf !== undefined);
  const unused = unusedFile === undefined ? [] : [`The agents file ${unusedFile} is not used.`];
  if (replaced.length === 0) return unused;
  if (performers.every(({ simulated }) => simulated)) {
    const names = namesOf(replaced.map(({ agentId }) => agentId));
    return [...unused, `The workflow file's own agents are not used: ${names}.`];
  }
  const lines = replaced.slice(0, LINE_LIMIT).map(replacementLine);
  const rest = replaced.length - lines.length;
  return [...unused, ...lines, ...(rest > 0 ? [`… and ${rest} more replaced agents.`] : [])];
}

function replacementLine({ agentId, performedBy, from, insteadOf = "" }: Performer): string {
  return (
    `Agent \`${cleanLine(agentId)}\`: ${shortDescription(performedBy)} (${cleanLine(from)}) ` +
    `replaces ${shortDescription(insteadOf)} (workflow file).`
  );
}

function shortDescription(description: string): string {
  return cutToWidth(cleanLine(description), DESCRIPTION_WIDTH);
}
