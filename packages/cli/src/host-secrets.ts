import type { WorkflowDefinition } from "@automatosx/schemas";
import { missingSecrets, type Secrets } from "@automatosx/workflow";
import type { ChosenAgents } from "./choose-agents.js";
import type { CliIo } from "./io.js";
import { next } from "./next/actions.js";
import { SECRET_PREFIX } from "./take-secrets.js";
import { UsageError } from "./UsageError.js";

/** Stands for a secret that no program receives. It is too short to be masked. */
const PLACEHOLDER = "secret";

/** Returns the secrets of this process's environment. Simulated programs do not need them. */
export function hostSecrets(
  { env }: CliIo,
  { simulatesPrograms }: Pick<ChosenAgents, "simulatesPrograms">,
): Secrets {
  return (name) => env[SECRET_PREFIX + name] ?? (simulatesPrograms ? PLACEHOLDER : undefined);
}

/**
 * Refuses a workflow whose secrets are not in the environment, before anything is created.
 *
 * @throws UsageError `invalid_definition`
 */
export function requireSecrets(
  io: CliIo,
  definition: WorkflowDefinition,
  chosen: Pick<ChosenAgents, "simulatesPrograms" | "command">,
): void {
  const missing = missingSecrets(definition, hostSecrets(io, chosen));
  if (missing.length === 0) return;
  const names = missing.map((name) => `\`${name}\``).join(", ");
  const variables = missing.map((name) => SECRET_PREFIX + name).join(", ");
  const [what, them] = missing.length === 1 ? ["secret", "variable"] : ["secrets", "variables"];
  throw new UsageError(
    `AXW1629: the workflow uses the ${what} ${names}, which no variable supplies.`,
    {
      code: "invalid_definition",
      remedy: `Set the environment ${them} ${variables}.`,
      next: next("repeat_after_fix", "lacks_secrets", { command: chosen.command }),
    },
  );
}
