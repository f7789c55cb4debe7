/** The API as data: its paths, its schemas, and the messages of its stream. */
export * from "./common.schema.js";
export * from "./gate.schema.js";
export * from "./house.schema.js";
export { MESSAGES, type Messages, StreamQuery } from "./message.schema.js";
export { API_BASE, PATHS, type RouteName } from "./paths.js";
export { ROUTES, type Route, type Routes } from "./routes.js";
export * from "./run.schema.js";
export * from "./workflow.schema.js";
