import { WorkflowError } from "@automatosx/workflow";
import { type Admin, type Deployment, hasSameAddress } from "../client/Admin.js";

/**
 * Returns what the worker at a URL has been registered as. Throws `invalid_argument` if no worker
 * is registered there.
 */
export async function deploymentsAt(admin: Admin, gone: string): Promise<readonly Deployment[]> {
  const deployments = await admin.deployments();
  const found = deployments.filter(({ uri }) => hasSameAddress(uri, gone));
  if (found.length > 0) return found;
  const uris = [...new Set(deployments.map(({ uri }) => uri))];
  throw new WorkflowError("invalid_argument", `No worker is registered at ${gone}.`, {
    remedy: uris.length === 0 ? "None is registered." : `Registered: ${uris.join(", ")}.`,
  });
}

/**
 * Has the worker at `url` continue what other deployments have begun. The server calls a worker for
 * what it has begun until that is done, so the runs of a worker that never returns would wait for
 * it for ever.
 */
export async function replaceDeployments(
  admin: Admin,
  replaced: readonly Deployment[],
  url: string,
): Promise<void> {
  for (const { id, uri } of replaced) if (!hasSameAddress(uri, url)) await admin.replace(id, url);
}
