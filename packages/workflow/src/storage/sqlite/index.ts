/**
 * @automatosx/workflow/sqlite: for packages that keep their own tables in a workflow database.
 */

export { SqliteTables, type SqliteTablesOptions, sha256 } from "./SqliteTables.js";
