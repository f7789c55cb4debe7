/** What every compared engine does, ours included. */
export interface Peer {
  /** Steps one after the other; each step's result is stored. */
  chain(length: number): Promise<void>;
  /** The same number of steps as a loop over one node, for an engine where that differs. */
  loop?(length: number): Promise<void>;
  /** One step, `width` parallel steps, and one that waits for them all. */
  fan(width: number): Promise<void>;
  /** `count` runs of a chain, `atOnce` of them at a time. */
  runs(count: number, length: number, atOnce: number): Promise<void>;
  /** Resumes the chain of an earlier process that was killed. */
  resumeChain(length: number): Promise<void>;
  /** SQLite's `synchronous` as the connection reports it: 1 NORMAL, 2 FULL. Ours checks its own. */
  readonly synchronous?: number;
  close(): Promise<void>;
}

/**
 * `full`: a step's result survives a power cut before the next step starts. `process`: it survives
 * the process. `default`: the engine's own setting.
 */
export type PeerDurability = "default" | "full" | "process";

export interface PeerOptions {
  readonly file: string;
  readonly durability: PeerDurability;
  /** The work of a step; it returns the step's result. */
  readonly work: () => string | Promise<string>;
}

export type OpenPeer = (options: PeerOptions) => Promise<Peer>;
