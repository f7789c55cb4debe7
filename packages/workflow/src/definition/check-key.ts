import { checkString } from "./check-characters.js";
import type { IssueList } from "./IssueList.js";
import type { Span } from "./SourceText.js";
import { quoted } from "./SourceText.js";
import type { Path } from "./source-tree.js";

/** Checks a key that ends `path` against those that its map has already, and adds it to them. */
export function checkKey(
  key: string,
  seen: Set<string>,
  path: Path,
  span: Span,
  issues: IssueList,
): void {
  if (seen.has(key)) issues.add("duplicateKey", path, span, `the key ${quoted(key)} is here twice`);
  seen.add(key);
  if (key === "__proto__")
    issues.add(
      "inheritedKey",
      path,
      span,
      "the key `__proto__` would change the object instead of filling it",
    );
  checkString(key, path, span, issues);
}
