import { errorKind, type IssueKind, warningKind } from "./issue-kind.js";

/** Issues in the text itself, found before its keys and values are interpreted: 10xx. */
export const TEXT_ISSUES = {
  invalidYaml: errorKind("AXW1001", "The text is not valid YAML", "correct the YAML at this place"),
  invalidJson: errorKind("AXW1002", "The text is not valid JSON", "correct the JSON at this place"),
  tooLarge: errorKind(
    "AXW1003",
    "The definition is too large",
    "keep it under 1 MiB: move long text into files that the agents read",
  ),
  tooDeep: errorKind(
    "AXW1004",
    "Lists and maps are nested too deeply",
    "keep lists and maps within 64 levels",
  ),
  tooManyAliases: errorKind(
    "AXW1005",
    "Aliases expand to too much data",
    "use at most 100 aliases, and write large values once in `context`",
  ),
  badAlias: errorKind(
    "AXW1006",
    "An alias has no anchor",
    "add an anchor (`&name`) to a value before the alias (`*name`), or quote the text",
  ),
  severalDocuments: errorKind(
    "AXW1007",
    "The text has more than one document",
    "put each definition in a separate file",
  ),
  yamlVersion: errorKind(
    "AXW1008",
    "The text requires another version of YAML",
    "remove the `%YAML` line: definitions are YAML 1.2",
  ),
  unknownTag: errorKind(
    "AXW1009",
    "A tag is unknown",
    "remove the tag, or quote the text if it begins with `!`",
  ),
  badCharacter: errorKind("AXW1010", "A character is not allowed", "remove the character"),
  duplicateKey: errorKind("AXW1011", "A key appears twice in one map", "keep one of the two"),
  inheritedKey: errorKind(
    "AXW1012",
    "A key is a name that every object inherits",
    "choose another key",
  ),
  badKey: errorKind(
    "AXW1013",
    "A key is not text",
    "write a plain word as the key, or quote the value",
  ),
  unquotedBraces: errorKind(
    "AXW1014",
    "Unquoted `{{ }}` is a map in YAML",
    'write `"${{ … }}"` for a reference, or quote the text',
  ),
  badNumber: errorKind(
    "AXW1015",
    "A number cannot be represented exactly",
    "quote it to keep it as text",
  ),
  shortIndent: errorKind(
    "AXW1019",
    "A quoted text continues in a line that is indented too little",
    "close the quote, or indent the line further than the key of the text",
  ),
  leadingZero: warningKind(
    "AXW1020",
    "A number with a leading zero loses the zero",
    "quote it to keep it as text",
  ),
} as const satisfies Record<string, IssueKind>;
