/**
 * What the database and the storage of a world of hosts do right. Tests plant bugs by turning one
 * of them off.
 */
export interface HostRules {
  /** A commit that is stored already changes nothing and succeeds. */
  readonly repeatsCommits: boolean;
  /** A write under an old epoch, or of an engine that no longer owns the run, is refused. */
  readonly checksEpochs: boolean;
  /** Leases expire by the clock of the database, not by the clocks of the hosts. */
  readonly usesDatabaseClock: boolean;
  /** A renewal that fails is reported to the engine, and so are the leases that it does not renew. */
  readonly reportsRenewals: boolean;
}

export const soundHostRules: HostRules = {
  repeatsCommits: true,
  checksEpochs: true,
  usesDatabaseClock: true,
  reportsRenewals: true,
};
