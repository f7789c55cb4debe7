// --- text
export { printable, quoted, SourceText, type Span } from "./text/SourceText.js";

// --- issues
export { asError, asWarning, type IssueKind, errorKind, warningKind } from "./issues/issue-kind.js";
export { IssueList, type Path } from "./issues/IssueList.js";
export { REFERENCE_ISSUES } from "./issues/reference-issues.js";
export { TEXT_ISSUES } from "./issues/text-issues.js";
export { hasBadCharacter } from "./issues/check-characters.js";
export { Suggester } from "./issues/Suggester.js";
export { formatIssue, formatIssues } from "./issues/format-issues.js";

// --- readers
export { readJson } from "./read/read-json.js";
export { readYaml } from "./read/read-yaml.js";
export {
  describePath,
  type ParseExactJsonOptions,
  JsonLoss,
  parseExactJson,
} from "./read/parse-exact-json.js";
export type { SourceEntry, SourceNode, SourceScalar } from "./read/source-node.js";
export { valueOf } from "./read/source-node.js";
export { SourceTree } from "./read/SourceTree.js";
export { locateInScalar, locateInText } from "./read/locate-in-text.js";
export { MAX_DEPTH } from "./read/text-limits.js";

// --- fixes
export { applyEdits, compatibleFixes } from "./fix/apply-fixes.js";
export { addEntry, addItem, type EditPlace, renameKey } from "./fix/collection-edits.js";
export { replaceValue } from "./fix/replace-value.js";
export { isInJson, quoteScalar, replaceInScalar } from "./fix/scalar-edits.js";

// --- schemas
export { addMisplacedReferences, addReferencesToPrograms } from "./schema/misplaced-references.js";
export { warnOfCutText } from "./schema/cut-texts.js";
export { warnOfDurations } from "./schema/short-durations.js";
export { addBlankVariables } from "./schema/blank-variables.js";
export { everyStep } from "./schema/every-step.js";
export { agentMapPaths, MAX_ENTRIES, refuseLargeMaps } from "./schema/large-maps.js";
export { KEY_ISSUES } from "./schema/key-issues.js";
export type { RuleContext, RuleIssue, SchemaGuide } from "./schema/SchemaGuide.js";
export { findSynonym, foldKey } from "./schema/find-synonym.js";
export { SchemaIssues } from "./schema/SchemaIssues.js";
