import { appendFileSync } from "node:fs";
import type { AgentPort, Clock } from "@automatosx/workflow";
import { conformanceAgent } from "@automatosx/workflow/testing";

/** The suite's agent, which appends its notes to a file. */
export function notingAgent(log: string, worker: string, clock?: Clock): AgentPort {
  const note = (given: object): void =>
    appendFileSync(log, `${JSON.stringify({ ...given, worker })}\n`);
  return clock === undefined ? conformanceAgent(note) : conformanceAgent(note, clock);
}
