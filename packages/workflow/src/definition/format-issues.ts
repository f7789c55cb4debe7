export { formatIssue, formatIssues } from "@automatosx/source";
