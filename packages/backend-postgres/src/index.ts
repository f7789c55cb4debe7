/** Runs of the AutomatosX workflow engine on PostgreSQL, with attempts spread by a queue. */

export { openPostgresStorage, type PostgresOptions } from "./storage/open-postgres-storage.js";
export type { PostgresStorage } from "./storage/PostgresStorage.js";
export { hidePassword } from "./storage/connection/server-url.js";
