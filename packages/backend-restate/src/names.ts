/** How this backend is called in the rows of runs and in URLs. */
export const BACKEND_ID = "restate";

/** The virtual object of a run: its state, and the segments that decide. */
export const RUN_OBJECT = "axw_run";

/** The virtual object of a run that starts it and keeps its commands. No call of it takes long. */
export const INBOX_OBJECT = "axw_inbox";

/** The service that clients send commands to. */
export const CLIENT_SERVICE = "axw_client";

const AGENT_PREFIX = "axw_agent_";

/** Returns the name of the service of an agent. Characters that no name may have are encoded. */
export function agentService(agentId: string): string {
  const encoded = agentId.replace(
    /[^A-Za-z0-9_-]/gu,
    (character) => `.${character.codePointAt(0)?.toString(16)}.`,
  );
  return `${AGENT_PREFIX}${encoded}`;
}

/** Returns the id of the agent that a service serves; undefined for any other service. */
export function agentOfService(service: string): string | undefined {
  if (!service.startsWith(AGENT_PREFIX)) return undefined;
  return service
    .slice(AGENT_PREFIX.length)
    .replace(/\.([0-9a-f]+)\./g, (_, hex: string) =>
      String.fromCodePoint(Number.parseInt(hex, 16)),
    );
}
