import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Agent, isOwnerDead } from "@automatosx/workflow";
import { type IdentifiedProcess, mayBeAlive, thisProcess } from "@automatosx/workflow/drive";

interface AttemptFile {
  readonly agentId: string;
  readonly idempotencyKey: string;
  readonly token: string;
  /** The process of the worker. */
  readonly worker: ReturnType<typeof thisProcess>;
  readonly groups: readonly IdentifiedProcess[];
}

/**
 * The process groups in which the agents of this host work, a file for each attempt. When a worker
 * is killed, its programs live on; the next worker of the host ends them, because their attempts
 * are made again.
 */
export class ProcessFiles {
  readonly #directory: string;
  readonly #workerId: string;
  readonly #worker = thisProcess();

  /** `workerId` marks the processes of this worker. */
  constructor(directory: string, workerId: string) {
    this.#directory = directory;
    this.#workerId = workerId;
  }

  /** Marks the processes of an attempt, as `AgentRequest.attemptToken`. */
  tokenOf(idempotencyKey: string): string {
    return `${idempotencyKey}@${this.#workerId}`;
  }

  /**
   * Notes that an attempt begins. A worker that dies before it has recorded a process leaves the
   * token of the attempt, which marks the process too.
   */
  begin(agentId: string, idempotencyKey: string): void {
    this.#write(agentId, idempotencyKey, []);
  }

  /** Adds a process group to the file of its attempt. */
  record(agentId: string, idempotencyKey: string, started: IdentifiedProcess): void {
    const { groups = [] } = read(this.#pathOf(idempotencyKey)) ?? {};
    this.#write(agentId, idempotencyKey, [...groups, started]);
  }

  #write(agentId: string, idempotencyKey: string, groups: readonly IdentifiedProcess[]): void {
    const path = this.#pathOf(idempotencyKey);
    const file: AttemptFile = {
      ...{ agentId, idempotencyKey, token: this.tokenOf(idempotencyKey), worker: this.#worker },
      groups,
    };
    mkdirSync(this.#directory, { recursive: true });
    writeFileSync(`${path}.new`, JSON.stringify(file), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  /** The attempt has ended, and nothing of it is left running. */
  forget(idempotencyKey: string): void {
    rmSync(this.#pathOf(idempotencyKey), { force: true });
  }

  /** Has agents end what dead workers of this host have left running. */
  async reclaim(agents: Readonly<Record<string, Agent>>): Promise<void> {
    for (const name of list(this.#directory)) {
      const path = join(this.#directory, name);
      const file = read(path);
      if (file === undefined) continue;
      const { agentId, idempotencyKey, token, worker, groups } = file;
      if (isOwnerDead({ ...worker, ownerId: "" }) !== true) continue;
      const agent = agents[agentId];
      if (typeof agent !== "object" || agent.reclaim === undefined) continue;
      const alive = groups.filter(mayBeAlive).map(({ pid }) => pid);
      await agent.reclaim(idempotencyKey, alive, [token]);
      rmSync(path, { force: true });
    }
  }

  // A key may be longer than a file name.
  #pathOf(idempotencyKey: string): string {
    const name = createHash("sha256").update(idempotencyKey).digest("hex");
    return join(this.#directory, `${name.slice(0, 32)}.json`);
  }
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(".json"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

// A file that another worker has just removed, or that a crash has cut off.
function read(path: string): AttemptFile | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as AttemptFile;
  } catch {
    return undefined;
  }
}
