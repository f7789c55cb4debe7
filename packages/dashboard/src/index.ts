/**
 * @automatosx/dashboard: the web page and the HTTP API of a database of runs. It executes nothing
 * itself.
 */

export type { DashboardOptions, Launch, Launched, RunControl } from "./server/DashboardOptions.js";
export { createDashboard, type DashboardApp } from "./server/create-dashboard.js";
export { listen, type ServedDashboard, type ServeOptions } from "./server/serve-dashboard.js";
