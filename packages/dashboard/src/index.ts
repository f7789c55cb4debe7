/**
 * @automatosx/dashboard: the web page and the HTTP API of a database of runs. It executes nothing
 * itself.
 */

export { createDashboard, type DashboardApp } from "./server/create-dashboard.js";
export type {
  DashboardOptions,
  Launch,
  Launched,
  RunControl,
  SentCommand,
} from "./server/DashboardOptions.js";
export { type ListenOptions, listen, type ServedDashboard } from "./server/listen.js";
export { type EngineDashboardOptions, serveDashboard } from "./server/serve-dashboard.js";
export { openApiDocument } from "./openapi/openapi-document.js";
