import { count, duration, type StepInfo, wholeSeconds } from "@automatosx/run-view";

/** A fact about a step: its name and its value. */
export interface Fact {
  readonly name: string;
  readonly value: string;
}

/**
 * The facts of a step that explain what its attempts do, the most telling first. `silentMs`: how
 * long the attempt in flight has printed nothing.
 */
export function stepFacts(step: StepInfo, silentMs?: number): readonly Fact[] {
  const { timeout, idleTimeout, retries, session, check = [], fallback, effect, cache } = step;
  if (!isWork(step)) return [performer(step)].filter((fact) => fact !== undefined);
  const facts: (Fact | undefined)[] = [
    performer(step),
    { name: "Effect", value: EFFECTS[effect ?? "workspace"] },
    idleFact(idleTimeout, silentMs),
    timeout === undefined ? undefined : { name: "Time limit", value: duration(timeout) },
    retries > 0 ? { name: "Retries", value: String(retries) } : undefined,
    check.length > 0 ? { name: "Checks", value: count(check.length, "check") } : undefined,
    fallback === undefined ? undefined : { name: "Fallback", value: fallback.agents.join(", ") },
    session === undefined ? undefined : { name: "Session of", value: session.from },
    cache === undefined ? undefined : { name: "Cache", value: "may reuse a result" },
  ];
  return facts.filter((fact) => fact !== undefined);
}

function idleFact(limit: number | undefined, silentMs: number | undefined): Fact | undefined {
  if (limit === undefined) return undefined;
  if (silentMs === undefined) return { name: "Idle limit", value: duration(limit) };
  return { name: "Idle", value: `${wholeSeconds(silentMs)} of ${duration(limit)}` };
}

const EFFECTS = {
  workspace: "may run again",
  pure: "none (pure)",
  external: "external, once",
} as const;

function isWork({ kind, gate, wait, stop }: StepInfo): boolean {
  return [kind, gate, wait, stop].every((part) => part === undefined);
}

function performer(step: StepInfo): Fact | undefined {
  const { agentId, run, workflow, gate, wait, stop, kind, detail } = step;
  if (run !== undefined)
    return { name: "Program", value: run.command?.join(" ") ?? run.shell?.join(" ") ?? "script" };
  if (workflow !== undefined) return { name: "Workflow", value: workflow.workflowId };
  if (gate !== undefined) return { name: "Asks", value: gate.to?.join(", ") ?? "a person" };
  if (wait !== undefined)
    return {
      name: "Waits for",
      value: wait.signal ?? (wait.until === undefined ? "time" : "an instant"),
    };
  if (stop !== undefined) return { name: "Ends the run as", value: stop.as };
  if (kind === "foreach") return { name: "Items", value: String(detail?.keys?.length ?? 0) };
  if (kind === "loop")
    return { name: "Rounds", value: `${detail?.rounds ?? 0} of ${step.loop?.max ?? "?"}` };
  if (kind !== undefined) return { name: "Inner steps", value: String(step.steps?.length ?? 0) };
  return { name: "Agent", value: agentId };
}
