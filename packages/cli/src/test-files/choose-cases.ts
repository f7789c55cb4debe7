import { UsageError } from "../UsageError.js";
import type { Case } from "./Case.js";

/** Which cases to play. */
export interface CaseChoice {
  /** The ids of the only cases to play. */
  readonly only?: readonly string[];
  /** The construct of the only cases to play. */
  readonly construct?: string;
}

/** Returns the cases that are chosen. Throws `UsageError` if there is none. */
export function chooseCases(
  cases: readonly Case[],
  { only, construct }: CaseChoice,
): readonly Case[] {
  const unknown = only?.find((id) => !cases.some((one) => one.id === id));
  if (unknown !== undefined)
    throw new UsageError(`No case has the id ${unknown}.`, {
      remedy: "Leave out --only to see the ids of all cases.",
    });
  const found = cases.filter(
    (one) =>
      (only === undefined || only.includes(one.id)) &&
      (construct === undefined || one.construct === construct),
  );
  if (found.length > 0) return found;
  const constructs = [...new Set(cases.flatMap((one) => one.construct ?? []))];
  throw new UsageError(`No case is about ${construct ?? "anything"}.`, {
    remedy: `The constructs are: ${constructs.join(", ")}.`,
  });
}
