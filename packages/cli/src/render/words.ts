export { count, duration, instant, wholeSeconds } from "@automatosx/workflow/run-view";
