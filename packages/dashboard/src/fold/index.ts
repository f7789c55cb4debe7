/**
 * @automatosx/dashboard/fold: folds a run that the API sends, as the page does, in Node and in a
 * browser.
 */

export { CarriedData } from "./CarriedData.js";
export { goesBack, type ReceivedRun, receivedRun } from "./received-run.js";
