/** @automatosx/workflow/metrics: the figures of a database as text for Prometheus. */

export { prometheusText } from "./prometheus-text.js";
