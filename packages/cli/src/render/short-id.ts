export { shortId } from "@automatosx/workflow/run-view";
