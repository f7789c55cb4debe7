/**
 * @automatosx/workflow/sqlite: for packages that keep tables of their own in a workflow database.
 */

export { SqliteTables, type SqliteTablesOptions, sha256 } from "./SqliteTables.js";
