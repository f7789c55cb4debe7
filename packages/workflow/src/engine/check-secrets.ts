import type { WorkflowDefinition } from "@automatosx/schemas";
import { IssueList, SourceText } from "@automatosx/source";
import { ISSUE_KINDS } from "../definition/issue-kinds.js";
import { secretNames } from "../drive/secret-names.js";
import { WorkflowError } from "../errors.js";
import { everyStepOf } from "../every-step.js";

/** Supplies the secrets of a host. */
export type Secrets = (name: string) => string | undefined;

/** Returns the names of the secrets that a workflow uses and the host does not have. */
export function missingSecrets(
  definition: WorkflowDefinition,
  secrets: Secrets | undefined,
): readonly string[] {
  // A plain workflow is not searched.
  if (definition.language === undefined) return [];
  const names = [...everyStepOf(definition)].flatMap(({ run }) =>
    Object.values(run?.env ?? {}).flatMap(secretNames),
  );
  return [...new Set(names)].filter((name) => secrets?.(name) === undefined);
}

/**
 * Refuses to start or resume a run whose secrets this host does not have, before anything runs.
 * `source` is the text of the workflow, in which the secrets are located.
 *
 * @throws WorkflowError `invalid_definition`, with an issue for each secret
 */
export function checkSecrets(
  definition: WorkflowDefinition,
  secrets: Secrets | undefined,
  source: string,
): void {
  const missing = missingSecrets(definition, secrets);
  if (missing.length === 0) return;
  const issues = new IssueList(new SourceText(source));
  for (const name of missing) {
    const text = `secrets.${name}`;
    const at = source.indexOf(text);
    const span = at === -1 ? ([0, 0] as const) : ([at, at + text.length] as const);
    const message = `the secret \`${name}\` is not known to this host`;
    issues.add(ISSUE_KINDS.missingSecret, [], [...span], message);
  }
  const names = missing.map((name) => `\`${name}\``).join(", ");
  const what = missing.length === 1 ? "The secret" : "The secrets";
  const verb = missing.length === 1 ? "is" : "are";
  throw new WorkflowError(
    "invalid_definition",
    `${what} ${names} of the workflow ${definition.id} ${verb} not known to this host.`,
    { remedy: ISSUE_KINDS.missingSecret.remedy, issues: issues.all },
  );
}
