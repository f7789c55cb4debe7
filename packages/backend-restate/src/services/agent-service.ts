import type { AttemptPerformer } from "../attempts/AttemptPerformer.js";
import { agentService } from "../names.js";
import type { AttemptAnswer, AttemptMessage } from "../wire.js";
import { restate } from "./sdk.js";
import { AGENT_OPTIONS } from "./settings.js";

/** The service of one agent: performs its attempts, each once. */
export function agentServiceOf(
  agentId: string,
  performer: AttemptPerformer,
  metadata: Readonly<Record<string, string>>,
) {
  return restate.service({
    name: agentService(agentId),
    metadata: { ...metadata },
    options: AGENT_OPTIONS,
    handlers: {
      attempt: async (ctx: restate.Context, message: AttemptMessage): Promise<AttemptAnswer> => {
        const connection = ctx.request().attemptCompletedSignal;
        const { idempotencyKey } = message;
        const begun = await ctx.run("begin", () => performer.begin(agentId, message, connection));
        if ("handedOver" in begun) return begun.handedOver;
        const perform = () => performer.perform(agentId, message, begun, connection);
        try {
          return await ctx.run("attempt", perform);
        } catch (error) {
          // The signal of the connection cannot tell a cancellation from a lost server.
          if (!(error instanceof restate.CancelledError)) throw error;
          performer.guard.stop(idempotencyKey, "cancelled");
          // The run continues when the agent has stopped: two of them must not work on one step.
          return await ctx.run("stopped", perform);
        }
      },
    },
  });
}
