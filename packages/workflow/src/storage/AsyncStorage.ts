import type { Commit } from "./commit.js";
import type { RunCommand } from "./stored-rows.js";

/**
 * The calls of a running engine, for a storage across a network: the engine's thread does not wait
 * for the server. Each does the same as the method of this name in `StoragePort`, and rejects with
 * the errors that it throws.
 */
export interface AsyncStorage {
  /**
   * Several commits of one engine are applied in the order of the calls. If the connection breaks
   * before the answer, the storage finds out whether the commit was applied: it rejects with
   * `database_busy` only if it was not, or if that cannot be known yet. To commit the same again is
   * then correct in both cases, because entries that are stored already are not stored twice.
   */
  commit(commit: Commit): Promise<void>;
  renewLeases(
    ownerId: string,
    runIds: readonly string[],
    leaseUntil: number,
  ): Promise<readonly string[]>;
  pendingCommands(ownerId: string): Promise<readonly RunCommand[]>;
  answerCommand(commandId: number, answer: string, at: number): Promise<void>;
}
