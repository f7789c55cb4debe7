/** What a worker process is started with. */
export interface WorkerSettings {
  /** The name of the process in the notes of its agents. */
  readonly name: string;
  /** The file in which its agents note what they do. */
  readonly log: string;
  /** The port on which it listens, on loopback. */
  readonly port: number;
  /** The URL under which the server reaches it. */
  readonly advertise: string;
  readonly adminUrl: string;
  readonly ingressUrl: string;
  readonly register: boolean;
  /** The database in which the rows of all runs are kept. */
  readonly sink: string;
  /** The ids of its agents. */
  readonly agents: readonly string[];
  /** How many attempts of each agent it performs at once. Default: no limit. */
  readonly slots?: number;
  /** How long an attempt continues without its server, in ms. */
  readonly graceMs?: number;
}
