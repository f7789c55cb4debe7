import { CORE_FORMAT } from "../core-format.js";
import { agentOfService, RUN_OBJECT } from "../names.js";
import type { Admin, Deployment, ServiceInfo } from "./Admin.js";

/** How many failing invocations a check names. */
const MAX_FAILING = 1000;

/** How many of those that fail alike are named. */
const MAX_NAMES = 3;

/** The workers at one address, at one version. */
export interface CheckedDeployment {
  /** The id that the server has given it. */
  readonly id: string;
  /** Where the server reaches the workers. */
  readonly uri: string;
  /** When it was registered, in ms since the epoch. */
  readonly createdAt: number;
  /** The agents that it has. */
  readonly agents: readonly string[];
  /** True if a newer deployment gets all that is new. */
  readonly isDraining: boolean;
  /** How much of what it has begun is not finished. It may be stopped when this is 0. */
  readonly unfinished: number;
}

/** What `RestateBackend.check` has found. Plain data. */
export interface BackendCheck {
  /** The version of the server. */
  readonly version: string;
  /** How this version of the package folds runs. */
  readonly coreFormat: string;
  /** The agents that workers serve, by id, with the slots of one worker; null for no limit. */
  readonly agents: Readonly<Record<string, number | null>>;
  /** The registered workers, newest first. */
  readonly deployments: readonly CheckedDeployment[];
  /** What is wrong, as sentences; empty if nothing is. */
  readonly problems: readonly string[];
}

/** Reads what a server knows of its workers, and what fails on it. */
export async function checkServer(admin: Admin): Promise<BackendCheck> {
  // First: it tells whether this is the admin API.
  const version = await admin.version();
  const [services, deployments, unfinished, failing] = await Promise.all([
    admin.services(),
    admin.deployments(),
    countUnfinished(admin),
    findFailing(admin),
  ]);
  const newest = new Map(services.map(({ name, deploymentId }) => [name, deploymentId]));
  const checked = deployments
    .toSorted((a, b) => b.createdAt - a.createdAt)
    .map((one) => checkDeployment(one, newest, unfinished.get(one.id) ?? 0));
  const hasWorker = newest.has(RUN_OBJECT);
  return {
    ...{ version, coreFormat: CORE_FORMAT, agents: slotsOf(services), deployments: checked },
    problems: [...(hasWorker ? [] : ["No worker is registered, so no run can start."]), ...failing],
  };
}

/** The agents that workers serve, by id, with the slots of one worker; null for no limit. */
export function slotsOf(services: readonly ServiceInfo[]): Record<string, number | null> {
  return Object.fromEntries(
    services.flatMap(({ name, metadata }) => {
      const agentId = agentOfService(name);
      if (agentId === undefined) return [];
      const slots = metadata["slots"];
      return [[agentId, slots === undefined ? null : Number(slots)] as const];
    }),
  );
}

function checkDeployment(
  { id, uri, createdAt, services }: Deployment,
  newest: ReadonlyMap<string, string>,
  unfinished: number,
): CheckedDeployment {
  return {
    ...{ id, uri, createdAt, unfinished },
    agents: services.flatMap((name) => agentOfService(name) ?? []),
    isDraining: services.every((name) => newest.get(name) !== id),
  };
}

async function countUnfinished(admin: Admin): Promise<ReadonlyMap<string, number>> {
  const rows = await admin.query(
    "SELECT pinned_deployment_id AS id, count(*) AS number FROM sys_invocation " +
      "WHERE status <> 'completed' AND pinned_deployment_id IS NOT NULL GROUP BY 1",
  );
  return new Map(rows.map(({ id, number }) => [String(id), Number(number)]));
}

/** What calls of a worker fail with, and how many do. */
interface Failing {
  readonly targets: readonly string[];
  readonly uri: string | undefined;
}

async function findFailing(admin: Admin): Promise<readonly string[]> {
  const rows = await admin.query(
    "SELECT target, last_failure FROM sys_invocation " +
      "WHERE target LIKE 'axw\\_%' ESCAPE '\\' AND status IN ('backing-off', 'paused') " +
      `AND last_failure IS NOT NULL LIMIT ${MAX_FAILING}`,
  );
  const failing = new Map<string, Failing>();
  for (const { target, last_failure: failure } of rows) {
    const text = String(failure);
    // A call of a worker that does not answer; any other failure is a handler's own.
    const [, uri] = /error when calling '([^']+)'/.exec(text) ?? [];
    const { targets = [] } = failing.get(text) ?? {};
    failing.set(text, { targets: [...targets, String(target)], uri });
  }
  return [...failing].map(([text, { targets, uri }]) =>
    uri === undefined ? `${namesOf(targets)}: ${text}` : unreachable(uri, targets, text),
  );
}

function unreachable(uri: string, targets: readonly string[], text: string): string {
  return (
    `The worker at ${uri} does not answer, and ${namesOf(targets)} wait for it. Start it at this ` +
    `address again, or start one that continues its work: axw worker --register --replace ${uri} ` +
    `(${text})`
  );
}

function namesOf(targets: readonly string[]): string {
  const names = [...new Set(targets)];
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "";
  return `${names.slice(0, MAX_NAMES).join(", ")}${more}`;
}
