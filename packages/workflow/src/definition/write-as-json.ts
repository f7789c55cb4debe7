import type { IssueKind } from "@automatosx/source";
import { type InexactJson, writeExactJson } from "../write-exact-json.js";
import { ISSUE_KINDS } from "./issue-kinds.js";

export type JsonText =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      readonly kind: IssueKind;
      readonly message: string;
      readonly remedy?: string;
    };

/**
 * Returns the JSON text of a definition passed as data, so that its issues have line numbers too.
 * Keys whose value is `undefined` are omitted. Anything else that JSON would drop or change is
 * refused.
 */
export function writeAsJson(value: unknown): JsonText {
  const written = writeExactJson(value, { root: "definition", indent: 2 });
  return written.ok ? written : refusalOf(written);
}

function refusalOf({ kind, problem, remedy }: InexactJson): JsonText {
  switch (kind) {
    case "deep":
      // A definition has a limit of its own, which is lower.
      return {
        ok: false,
        kind: ISSUE_KINDS.tooDeep,
        message: "the definition is nested too deeply",
      };
    case "long":
      return { ok: false, kind: ISSUE_KINDS.tooLarge, message: problem, remedy };
    default:
      return { ok: false, kind: ISSUE_KINDS.notJson, message: problem };
  }
}
