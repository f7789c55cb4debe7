import type { Diff } from "../../api/workflow.schema.js";

type Line = Diff["lines"][number];

/** A part of a difference: lines that are shown, or equal lines that are folded. */
export type DiffPart =
  | { readonly kind: "lines"; readonly lines: readonly Line[] }
  | { readonly kind: "folded"; readonly lines: readonly Line[] };

/** Folds the equal lines that are further than `context` lines from a change. */
export function foldEqual(lines: readonly Line[], context = 3): readonly DiffPart[] {
  const near = new Set<number>();
  lines.forEach(([sign], at) => {
    if (sign === " ") return;
    for (let each = at - context; each <= at + context; each += 1) near.add(each);
  });
  const parts: { kind: DiffPart["kind"]; lines: Line[] }[] = [];
  lines.forEach((line, at) => {
    const kind = near.has(at) ? "lines" : "folded";
    const last = parts.at(-1);
    if (last?.kind === kind) last.lines.push(line);
    else parts.push({ kind, lines: [line] });
  });
  // A fold of one line saves nothing.
  return parts.map((part) =>
    part.lines.length === 1 ? { kind: "lines" as const, lines: part.lines } : part,
  );
}
