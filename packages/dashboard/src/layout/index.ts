/**
 * @automatosx/dashboard/layout: where the steps of a workflow are drawn, the same on the page and
 * in the drawing that a file contains.
 */

export type { GraphLayout } from "../api/run.schema.js";
export { layOut } from "./lay-out.js";
