/**
 * @automatosx/workflow/salvage: copies databases, whether intact or damaged. It is not part of the
 * main entry, so that a process that runs workflows does not load it.
 */

export { backUpDatabase, type DatabaseBackup } from "./back-up-database.js";
export type { SalvagedRun, SalvageReport } from "./SalvageReport.js";
export { salvageDatabase } from "./salvage-database.js";
