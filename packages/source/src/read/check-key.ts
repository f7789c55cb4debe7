import { checkString } from "../issues/check-characters.js";
import type { IssueList, Path } from "../issues/IssueList.js";
import { TEXT_ISSUES } from "../issues/text-issues.js";
import { quoted, type Span } from "../text/SourceText.js";

/**
 * Checks a key against the keys that its map already has, and adds it to them. `pathOf` returns the
 * path that ends with the key. A key without escapes has only characters that were already checked.
 */
export function checkKey(
  key: string,
  seen: Set<string>,
  pathOf: () => Path,
  span: Span,
  issues: IssueList,
  hasEscapes = true,
): void {
  if (seen.has(key))
    issues.add(TEXT_ISSUES.duplicateKey, pathOf(), span, `the key ${quoted(key)} appears twice`);
  seen.add(key);
  if (key === "__proto__")
    issues.add(
      TEXT_ISSUES.inheritedKey,
      pathOf(),
      span,
      "the key `__proto__` would change the object instead of filling it",
    );
  if (hasEscapes) checkString(key, pathOf, span, issues);
}
