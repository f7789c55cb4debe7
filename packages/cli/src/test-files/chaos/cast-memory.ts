import type { AgentRequest } from "@automatosx/workflow";
import type { CastMemory } from "../Cast.js";
import type { LostAttempt } from "./job.js";
import type { LaunchEntry, Ledger } from "./Ledger.js";

/** What a cast remembers of the processes before this one, as their ledger has it. */
export function castMemory(ledger: Ledger, lost: readonly LostAttempt[]): CastMemory {
  const before = ledger.of("launch");
  const crash = ledger.entries.findLastIndex(({ kind }) => kind === "crash");
  const sinceCrash = ledger.entries.slice(crash + 1);
  const relaunches = new Map<string, LaunchEntry>();
  for (const { stepId, attemptNumber } of lost) {
    const launch = sinceCrash.find(
      (one) =>
        one.kind === "launch" && one.stepId === stepId && one.attemptNumber === attemptNumber,
    );
    if (launch?.kind === "launch") relaunches.set(keyOf(launch), launch);
  }
  return {
    launches: before,
    // An attempt that a kill has interrupted is launched again, and does what it would have done.
    relaunch(agentId, stepId) {
      const key = keyOf({ agentId, stepId });
      const found = relaunches.get(key);
      relaunches.delete(key);
      return found;
    },
    launched(request: AgentRequest, { number, session, at }) {
      const { runId, agentId, stepId, attemptNumber } = request;
      ledger.add({
        ...{ kind: "launch", runId, agentId, stepId, attemptNumber, number, session, at },
      });
    },
    answered({ stepId, attemptNumber }, result) {
      ledger.add({ kind: "answer", stepId, attemptNumber, result: result ?? null });
    },
  };
}

function keyOf({ agentId, stepId }: Pick<LaunchEntry, "agentId" | "stepId">): string {
  return JSON.stringify([agentId, stepId]);
}
