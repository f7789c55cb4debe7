/** What one code of an issue stands for. The reference page of errors is made from this table. */
export interface IssueKind {
  /** Stable: tools may look for it. */
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly title: string;
  /** What to do, in general; an issue says it more exactly where it can. */
  readonly remedy: string;
}

const error = (code: string, title: string, remedy: string): IssueKind => ({
  code,
  severity: "error",
  title,
  remedy,
});
const warning = (code: string, title: string, remedy: string): IssueKind => ({
  code,
  severity: "warning",
  title,
  remedy,
});

/** Everything that can be wrong with a definition: 10xx its text, 11xx its keys and values, 12xx its graph, 13xx its templates. */
export const ISSUE_KINDS = {
  invalidYaml: error("AXW1001", "not valid YAML", "correct the YAML at this place"),
  invalidJson: error("AXW1002", "not valid JSON", "correct the JSON at this place"),
  tooLarge: error(
    "AXW1003",
    "the definition is too large",
    "keep it under 1 MiB: put long texts into files that the agents read",
  ),
  tooDeep: error("AXW1004", "nested too deeply", "keep lists and maps within 64 levels"),
  tooManyAliases: error(
    "AXW1005",
    "too much comes from aliases",
    "use at most 100 aliases, and write large values once in `context`",
  ),
  badAlias: error(
    "AXW1006",
    "an alias that leads nowhere",
    "give the value an anchor (`&name`) before the alias (`*name`), or quote the text",
  ),
  severalDocuments: error(
    "AXW1007",
    "more than one document",
    "put each workflow into a file of its own",
  ),
  yamlVersion: error(
    "AXW1008",
    "another version of YAML",
    "remove the `%YAML` line: definitions are YAML 1.2",
  ),
  unknownTag: error(
    "AXW1009",
    "a tag that means nothing here",
    "remove the tag, or quote the text when it begins with `!`",
  ),
  badCharacter: error("AXW1010", "a character that text cannot have", "remove the character"),
  duplicateKey: error("AXW1011", "the same key twice", "keep one of the two"),
  inheritedKey: error("AXW1012", "a key that every object has", "choose another key"),
  badKey: error(
    "AXW1013",
    "a key that is not text",
    "write a plain word as the key, or quote the value",
  ),
  unquotedBraces: error(
    "AXW1014",
    "unquoted `{{ }}`, which YAML reads as a map",
    'write `"${{ … }}"` for a reference, or quote the text',
  ),
  badNumber: error(
    "AXW1015",
    "a number that cannot be kept exactly",
    "quote it to keep it as text",
  ),
  noWorkflow: error("AXW1016", "no workflow", "write a map with at least `name` and `steps`"),
  notJson: error(
    "AXW1017",
    "a value that JSON does not have",
    "use text, finite numbers, true, false, null, lists and plain objects",
  ),
  unreadableFile: error(
    "AXW1018",
    "a file that cannot be read",
    "check the path and the permissions of the file",
  ),
  unknownKey: error(
    "AXW1101",
    "unknown key",
    "remove it, or begin it with `x-` to keep it as a note",
  ),
  missingKey: error("AXW1102", "missing key", "add it"),
  wrongType: error("AXW1103", "a value of the wrong type", "write a value of the expected type"),
  unknownValue: error(
    "AXW1104",
    "not one of the possible values",
    "write one of the values that are named",
  ),
  badIdentifier: error(
    "AXW1105",
    "not an id",
    "begin with a letter and use letters, digits, `_` and `-` only, at most 128",
  ),
  badDuration: error(
    "AXW1106",
    "not a duration",
    "write a number with a unit: `500ms`, `30s`, `20m`, `2h`, `1d`, `1h30m`",
  ),
  outOfRange: error("AXW1107", "too small or too large", "stay within the limit that is named"),
  conflict: error("AXW1108", "two keys that contradict each other", "keep one of the two"),
  badDefault: error(
    "AXW1109",
    "a default that does not have the input's type",
    "change the default or the type",
  ),
  tooManySteps: error("AXW1110", "too many steps", "split the workflow"),
  nameless: error(
    "AXW1111",
    "no name that gives an id",
    "add an `id`: a letter, then letters, digits, `_` or `-`",
  ),
  stepWithoutAgent: error(
    "AXW1112",
    "a step without an agent",
    "add `agentId` to the step, or to `defaults`",
  ),
  badAgent: error(
    "AXW1113",
    "an agent of no known kind",
    "give it `command` (a program and its arguments) or `preset`",
  ),
  versionNumber: warning("AXW1114", "a version that was read as a number", "quote it"),
  invalidValue: error(
    "AXW1115",
    "a value that is not allowed",
    "write a value of the expected form",
  ),
  unusedLimit: warning(
    "AXW1116",
    "a limit for an agent that no step uses",
    "correct the agent's id, or remove the limit",
  ),
  duplicateStep: error("AXW1201", "two steps with one id", "give each step an id of its own"),
  unknownDependency: error(
    "AXW1202",
    "a dependency that is no step",
    "name a step of this workflow",
  ),
  selfDependency: error("AXW1203", "a step that waits for itself", "remove the dependency"),
  cycle: error("AXW1204", "steps that wait for each other", "remove one of these dependencies"),
  badTemplate: error(
    "AXW1301",
    "not a reference",
    "write `${{ steps.ID.output }}`, `${{ inputs.NAME }}` or `${{ context.KEY }}`; `$${{` for a literal `${{`",
  ),
  unclosedTemplate: error(
    "AXW1302",
    "a reference that does not end",
    "close it with `}}`, or write `$${{` for a literal `${{`",
  ),
  cutTemplate: error(
    "AXW1303",
    "a reference cut off by `#`",
    "quote the text: after a space, `#` begins a comment in YAML",
  ),
  unknownStep: error(
    "AXW1304",
    "a reference to a step that does not exist",
    "name a step of this workflow",
  ),
  notUpstream: error(
    "AXW1305",
    "a reference to a step that this one does not wait for",
    "add the step to `dependencies`",
  ),
  unknownInput: error(
    "AXW1306",
    "a reference to an input that is not declared",
    "declare it under `inputs`",
  ),
  unknownContext: warning(
    "AXW1307",
    "a reference to a context key that is not declared",
    "add it to `context`, or give it when the run is started",
  ),
  foreignTemplate: warning(
    "AXW1308",
    "`{{ }}` that stays as it is",
    "write `${{ … }}` to have a value put in",
  ),
} as const satisfies Record<string, IssueKind>;

export type IssueName = keyof typeof ISSUE_KINDS;
