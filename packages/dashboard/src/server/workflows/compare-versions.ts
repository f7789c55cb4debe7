import { definitionChanges, describeChanges } from "@automatosx/workflow/run-view";
import type { Diff } from "../../api/workflow.schema.js";
import { diffLines } from "../../diff/line-diff.js";
import type { KnownWorkflow } from "./KnownWorkflow.js";

/** Compares two versions of a workflow: their texts by line, and what they mean. */
export function compareVersions(known: KnownWorkflow, from: string, to: string): Diff {
  const before = known.version(from);
  const after = known.version(to);
  const changes =
    before.definition === undefined || after.definition === undefined
      ? undefined
      : definitionChanges(before.definition, after.definition);
  const lines = diffLines(linesOf(before.source), linesOf(after.source));
  return {
    from,
    to,
    changes: changes === undefined ? [] : describeChanges(changes).split("; "),
    lines: lines.map(({ sign, text }) => [sign, text]),
  };
}

function linesOf(source: string): readonly string[] {
  return source.replace(/\r?\n$/, "").split(/\r?\n/);
}
