/** @automatosx/workflow/sqlite: for packages that keep tables of their own in the database of the workflows. */

export { SqliteTables, type SqliteTablesOptions, sha256 } from "./SqliteTables.js";
