import { setTimeout as delay } from "node:timers/promises";
import { Admin, literal } from "../client/Admin.js";
import { HttpClient } from "../client/HttpClient.js";
import { agentService, INBOX_OBJECT, RUN_OBJECT } from "../names.js";
import type { Seal } from "../Seal.js";

const POLL_MS = 300;

/** How a worker reaches its server. */
export interface HandOverOptions {
  readonly adminUrl: string;
  readonly ingressUrl: string;
  /** Where the worker is registered. */
  readonly url: string;
}

/**
 * Hands what a worker has begun over to a newer one. The server sends the rest of an invocation to
 * the worker that began it, also if that worker is gone, so a segment must end before its worker.
 */
export class HandOver {
  readonly #admin: Admin;
  readonly #ingress: HttpClient;
  readonly #url: string;

  constructor({ adminUrl, ingressUrl, url }: HandOverOptions, seal?: Seal) {
    this.#admin = new Admin(adminUrl);
    this.#ingress = new HttpClient(ingressUrl, "ingress", seal);
    this.#url = url;
  }

  /** Returns the agents, of those given, whose next attempts go to a newer worker. */
  async agentsElsewhere(agentIds: readonly string[]): Promise<ReadonlySet<string>> {
    const own = await this.#deploymentId();
    const services = await this.#admin.services();
    const elsewhere = new Set(
      services.filter(({ deploymentId }) => deploymentId !== own).map(({ name }) => name),
    );
    return new Set(agentIds.filter((agentId) => elsewhere.has(agentService(agentId))));
  }

  /**
   * Ends the segments that this worker has begun, and settles when nothing is left of it on the
   * server. Settles at once if no newer worker has replaced it.
   */
  async untilDone(signal: AbortSignal): Promise<void> {
    const own = await this.#deploymentId();
    const services = await this.#admin.services();
    const newest = services.find(({ name }) => name === RUN_OBJECT)?.deploymentId;
    if (own === undefined || newest === own) return;
    while (!signal.aborted) {
      const left = await this.#admin.query(
        "SELECT target_service_name AS service, target_service_key AS key FROM sys_invocation " +
          `WHERE status <> 'completed' AND pinned_deployment_id = ${literal(own)}`,
      );
      if (left.length === 0) return;
      const runs = left.filter(({ service }) => service === RUN_OBJECT);
      await Promise.all(runs.map(({ key }) => this.#endSegment(String(key))));
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #endSegment(runId: string): Promise<void> {
    const path = `/${INBOX_OBJECT}/${encodeURIComponent(runId)}/handOver`;
    await this.#ingress.call("POST", path, undefined, { isRepeatable: true });
  }

  async #deploymentId(): Promise<string | undefined> {
    const deployments = await this.#admin.deployments();
    return deployments.find(({ uri }) => samePlace(uri, this.#url))?.id;
  }
}

function samePlace(one: string, other: string): boolean {
  return one.replace(/\/$/, "") === other.replace(/\/$/, "");
}
