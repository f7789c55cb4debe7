import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { type Agent, type Secrets, systemPorts, type WorkflowError } from "@automatosx/workflow";
import { messageOf } from "@automatosx/workflow/errors";
import type { LogChunk, StoragePort } from "@automatosx/workflow/hosting";
import {
  type ArtifactStore,
  DirectoryArtifacts,
  StoredArtifacts,
} from "../attempts/ArtifactStore.js";
import { AttemptPerformer } from "../attempts/AttemptPerformer.js";
import { ProcessFiles } from "../attempts/ProcessFiles.js";
import { Admin } from "../client/Admin.js";
import type { DecideHost } from "../decide/DecideHost.js";
import { LiveRuns } from "../decide/LiveRuns.js";
import { RowSink } from "../rows/RowSink.js";
import { Seal } from "../Seal.js";
import { agentServiceOf } from "../services/agent-service.js";
import { clientServiceOf } from "../services/client-service.js";
import { inboxOf } from "../services/inbox.js";
import { runObjectOf } from "../services/run-object.js";
import type { restate } from "../services/sdk.js";
import { HandOver } from "./HandOver.js";
import { type Listener, listenFor } from "./listen.js";
import { deploymentsAt, replaceDeployments } from "./replace-worker.js";

const SEGMENT_EVENTS = 500;
const SEGMENT_MS = 600_000;
const DEFAULT_ARTIFACTS = ".ax/artifacts";
const DEFAULT_PROCESSES = ".ax/worker-processes";

/** How often a worker looks for what dead workers of its host have left running, in ms. */
const RECLAIM_MS = 5000;

/** How a worker for a Restate server is started. */
export interface RestateWorkerOptions {
  /** The agents that this worker has, by id. */
  readonly agents: Readonly<Record<string, Agent>>;
  /** Where the worker listens: `HOST:PORT`. With port 0, the system chooses one. */
  readonly listen: string;
  /** The URL under which the server reaches the worker. Default: where it listens. */
  readonly advertise?: string;
  /** The URL of the server's admin API, for `register`. */
  readonly adminUrl?: string;
  /**
   * The URL of the server's ingress. With it and `adminUrl`, `drain` hands segments of runs over to
   * the workers that replace this one; without, they end by themselves after `segmentMs`.
   */
  readonly ingressUrl?: string;
  /** Whether the worker registers itself with the server. Default true if `adminUrl` is given. */
  readonly register?: boolean;
  /**
   * The URL of a registered worker that never returns. This worker continues what it had begun;
   * its attempts are interrupted and made again.
   */
  readonly replaces?: string;
  /** How many attempts of an agent the worker performs at once. Absent: no limit. */
  readonly slots?: Readonly<Record<string, number>>;
  /**
   * The database in which the rows of all runs are kept, for observers. Without it, the rows are
   * kept with the state of the runs on the server.
   */
  readonly sink?: StoragePort;
  /**
   * The directory of large results, which all workers must share. Default: the database of `sink`,
   * or `.ax/artifacts` without one.
   */
  readonly artifacts?: string;
  /**
   * The directory in which the workers of this host record the processes of their agents. Default:
   * `.ax/worker-processes`.
   */
  readonly processes?: string;
  /** How long an attempt continues without a connection to the server, in ms. Default 30,000. */
  readonly graceMs?: number;
  /** Supplies the secrets of this host. */
  readonly secrets?: Secrets;
  /**
   * Seals what the server stores, with a key of 64 hexadecimal digits. All workers and clients of
   * the server need the same one. Default: no seal.
   */
  readonly sealingKey?: string;
  /** The public keys of the servers whose requests the worker accepts. Default: any server. */
  readonly identityKeys?: readonly string[];
  /** How many events a run handles in one segment. Default 500. */
  readonly segmentEvents?: number;
  /** How long a segment of a run lasts at most, in ms. Default 600,000. */
  readonly segmentMs?: number;
  /** Receives problems that no caller is waiting for: rows that differ from their copy. */
  readonly onProblem?: (problem: WorkflowError) => void;
  /** Receives what the SDK reports, one line each. Default: nothing is reported. */
  readonly onReport?: (line: string) => void;
}

/** A worker that a Restate server calls. */
export interface RestateWorker extends AsyncDisposable {
  /** The URL under which the server reaches it. */
  readonly url: string;
  /** How many attempts it performs now. */
  readonly running: number;
  /**
   * Begins no further attempt, waits at most `ms` for those that run, and interrupts the others;
   * their runs start them again elsewhere. If newer workers at another address have replaced this
   * one, it waits until they have got everything. Call `stop` afterwards.
   */
  drain(ms: number): Promise<void>;
  /** Interrupts all attempts and ends the connections. */
  stop(): Promise<void>;
}

/** Starts a worker: it decides what happens in runs, and performs attempts with its agents. */
export async function serveRestateWorker(options: RestateWorkerOptions): Promise<RestateWorker> {
  const seal = options.sealingKey === undefined ? undefined : new Seal(options.sealingKey);
  const { sink: storage, agents, adminUrl, register = adminUrl !== undefined, replaces } = options;
  const artifacts = artifactsOf(options);
  const report = options.onProblem ?? (() => undefined);
  const sink = storage === undefined ? undefined : new RowSink(storage, artifacts, report);
  const processes = new ProcessFiles(options.processes ?? DEFAULT_PROCESSES, randomUUID());
  await processes.reclaim(agents);
  const performer = new AttemptPerformer({
    ...{ agents, artifacts, processes, clock: systemPorts.clock },
    ...{ slots: options.slots, graceMs: options.graceMs, secrets: options.secrets },
    log: storage === undefined ? undefined : logTo(storage),
  });
  const { segmentEvents = SEGMENT_EVENTS, segmentMs = SEGMENT_MS } = options;
  const live = new LiveRuns();
  const host: DecideHost = { artifacts, sink, live, segmentEvents, segmentMs };
  const services = [
    ...Object.keys(agents).map((agentId) =>
      agentServiceOf(agentId, performer, metadataOf(options, agentId)),
    ),
    inboxOf({ keepsRows: sink === undefined }),
    runObjectOf(host),
    clientServiceOf(artifacts, storage),
  ];
  const listener = await listenFor(services, options.listen, {
    identityKeys: options.identityKeys,
    seal,
    log: reportTo(options.onReport),
  });
  const url = options.advertise ?? listener.url;
  try {
    if (adminUrl !== undefined) await announce(new Admin(adminUrl), url, { register, replaces });
  } catch (error) {
    await listener.close();
    throw error;
  }
  // What cannot be ended now is tried again.
  const reclaim = (): unknown => processes.reclaim(agents).catch(() => undefined);
  const timer = setInterval(reclaim, RECLAIM_MS).unref();
  const handOver = handOverOf(options, url, seal);
  return workerOf(
    url,
    listener,
    { performer, live, handOver, agentIds: Object.keys(agents) },
    () => {
      clearInterval(timer);
      sink?.close();
    },
  );
}

async function announce(
  admin: Admin,
  url: string,
  { register, replaces }: { readonly register: boolean; readonly replaces: string | undefined },
): Promise<void> {
  // First, so that a wrong URL leaves nothing registered.
  const replaced = replaces === undefined ? [] : await deploymentsAt(admin, replaces);
  if (register) await admin.register(url);
  await replaceDeployments(admin, replaced, url);
}

function handOverOf(
  { adminUrl, ingressUrl }: RestateWorkerOptions,
  url: string,
  seal: Seal | undefined,
): HandOver | undefined {
  return adminUrl === undefined || ingressUrl === undefined
    ? undefined
    : new HandOver({ adminUrl, ingressUrl, url }, seal);
}

interface WorkerParts {
  readonly performer: AttemptPerformer;
  readonly live: LiveRuns;
  readonly handOver: HandOver | undefined;
  readonly agentIds: readonly string[];
}

function workerOf(
  url: string,
  listener: Listener,
  { performer, live, handOver, agentIds }: WorkerParts,
  end: () => void,
): RestateWorker {
  const { guard } = performer;
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    performer.drain();
    live.close();
    await guard.stopAll();
    await listener.close();
    end();
  };
  const worker: RestateWorker = {
    url,
    get running() {
      return guard.runningCount;
    },
    async drain(ms) {
      performer.drain();
      live.close();
      // Without its server, the worker cannot hand anything over.
      const elsewhere = await handOver?.agentsElsewhere(agentIds).catch(() => undefined);
      performer.drain(elsewhere);
      const late = new AbortController();
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = systemPorts.clock.setTimer(ms, resolve);
      const handedOver = handOver?.untilDone(late.signal).catch(() => undefined);
      await Promise.race([Promise.all([guard.whenIdle(), handedOver]), promise]);
      cancel();
      late.abort();
      await guard.stopAll();
    },
    stop() {
      stopped ??= stop();
      return stopped;
    },
    [Symbol.asyncDispose]: () => worker.stop(),
  };
  return worker;
}

/** What `check` tells about the workers of an agent. */
function metadataOf({ slots }: RestateWorkerOptions, agentId: string): Record<string, string> {
  const limit = slots?.[agentId];
  return { host: hostname(), ...(limit !== undefined && { slots: String(limit) }) };
}

function artifactsOf({ sink, artifacts }: RestateWorkerOptions): ArtifactStore {
  return artifacts === undefined && sink !== undefined
    ? new StoredArtifacts(sink)
    : new DirectoryArtifacts(artifacts ?? DEFAULT_ARTIFACTS);
}

function logTo(storage: StoragePort): (chunk: LogChunk) => void {
  return (chunk) => {
    try {
      storage.commit({ newRuns: [], artifacts: [], runs: [], logs: [chunk] });
    } catch {
      // Output that cannot be stored must not end the attempt.
    }
  };
}

function reportTo(onReport: ((line: string) => void) | undefined): restate.LoggerTransport {
  return (meta, ...message) =>
    onReport?.([meta.level, ...message.map((part) => messageOf(part))].join(" "));
}
