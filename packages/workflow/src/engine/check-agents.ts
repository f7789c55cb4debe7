import type { PreparedWorkflow } from "../definition/PreparedWorkflow.js";
import { checkSecrets } from "./check-secrets.js";
import { checkSessions } from "./check-sessions.js";
import type { EngineContext } from "./EngineContext.js";

/**
 * Throws the errors of a start that follow from the workflow and from what this engine has. A
 * client of workers needs nothing itself.
 */
export function checkAgents(engine: EngineContext, workflow: PreparedWorkflow): void {
  if (engine.options.executes === false) return;
  // What its steps run later is checked too, so that nothing starts that cannot end.
  for (const { definition, source } of [workflow, ...workflow.children.values()]) {
    engine.agents.check(definition);
    checkSecrets(definition, engine.options.secrets, source);
    checkSessions(definition, engine.agents, source);
  }
}
