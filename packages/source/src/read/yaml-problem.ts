import type { DefinitionFix } from "@automatosx/schemas";
import type { IssueKind } from "../issues/issue-kind.js";

/** A human-readable reason why a text is not valid YAML. */
export interface YamlProblem {
  readonly message: string;
  readonly remedy?: string;
  /** By default `TEXT_ISSUES.invalidYaml`. */
  readonly kind?: IssueKind;
  /** The location, if it differs from the one that the parser reports. */
  readonly at?: number;
  /** How a program can fix it, if that is known. */
  readonly fix?: DefinitionFix;
}
