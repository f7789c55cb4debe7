/**
 * @automatosx/workflow/storage: what every storage of runs shares, for packages that keep runs in
 * another database: the shapes of the rows, their hashes and checks, and the errors of the port.
 */

export { withholdVariable } from "../secrets/withheld-variables.js";
export { executedByBackend, journalDiverged } from "./backend-run.js";
export {
  assertCopy,
  assertFollows,
  assertOwnCheckpoint,
  entryDiffers,
  freshChunks,
  noCopy,
} from "./check-replica.js";
export { damagedRun } from "./damaged-run.js";
export { goesBack } from "./goes-back.js";
export { HALF_REMOVED } from "./half-removed.js";
export { chainHash, hashFields } from "./hash-chain.js";
export { brokenOrder, damagedJournal, removedWhileRead } from "./journal-damage.js";
export { leaseLost, ownerOf, runNotFound } from "./lease-row.js";
export { type KeptOutput, LOG_LIMIT_BYTES, withinLogLimit } from "./log-limit.js";
export { isHeldByAnother, type NoticeRow, noticePositionOf } from "./notice-row.js";
export { RowReader, type StoredRow } from "./RowReader.js";
export {
  agentProcessOf,
  checkpointSummaryOf,
  commandOf,
  endedRunOf,
  logChunkOf,
  runTotalsOf,
} from "./read-rows.js";
export { referencedArtifacts } from "./referenced-artifacts.js";
export { runExists } from "./run-exists.js";
export { RUN_FILTER_CHECKS } from "./run-filter-check.js";
export { RUN_SEARCH_CHECKS } from "./run-page.js";
export {
  definitionRowHash,
  runOrigin,
  runOriginHash,
  toDefinition,
  toListedRun,
  toRun,
} from "./run-row.js";
export type * from "./StoragePort.js";
export type { StoredOrigin } from "./started-from.js";
export { DURATION_BOUNDS_MS } from "./telemetry-rows.js";
export { WITHDRAWN } from "./withdrawn-command.js";
