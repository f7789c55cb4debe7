import type { CheckPlace } from "./check-place.js";
import { ISSUE_KINDS } from "./issue-kinds.js";
import { mayHave } from "./may-have.js";
import { ownValue } from "./steps/own-value.js";
import { writtenLeaves } from "./steps/written-leaves.js";

/**
 * Checks that a step whose result may come from another run has no effect outside, and neither
 * continues a conversation nor leaves one for other steps.
 */
export function checkCache(value: unknown, { issues, tree }: CheckPlace): void {
  if (!mayHave({ issues }, "cache")) return;
  const effect = ownValue(ownValue(value, "defaults"), "effect");
  const leaves = [...writtenLeaves(value)].filter(({ kind }) => kind === undefined);
  const sources = new Set(
    leaves.map(({ written }) => ownValue(ownValue(written, "session"), "from")),
  );
  for (const { written, path } of leaves) {
    const at = [...path, "cache"];
    if (ownValue(written, "cache") === undefined || issues.isWrong(at)) continue;
    if (ownValue(written, "task") === undefined && ownValue(written, "run") === undefined) continue;
    const problem = problemOf(written, effect, sources);
    if (problem === undefined) continue;
    issues.add(ISSUE_KINDS.badCache, at, tree.locate(at, "key"), ...problem);
  }
}

function problemOf(
  written: unknown,
  defaultEffect: unknown,
  sources: ReadonlySet<unknown>,
): readonly [message: string, remedy: string] | undefined {
  if ((ownValue(written, "effect") ?? defaultEffect) === "external")
    return [
      "the step is `external`: its result says what was done, and cannot stand for doing it",
      "remove `cache`, or the effect if the step changes nothing outside",
    ];
  if (ownValue(written, "session") !== undefined)
    return [
      "the step continues a conversation, which another run does not have",
      "remove `cache` or `session`",
    ];
  if (sources.has(ownValue(written, "id")))
    return [
      "another step continues the conversation of this one, which another run does not have",
      "remove `cache`, or the `session` of the other step",
    ];
  return undefined;
}
