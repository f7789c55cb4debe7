import * as fc from "fast-check";
import type { StepDef } from "../../src/index.js";
import { step } from "./machines.js";

/** What the failure or the answer of an attempt may lead to, beside a retry. */
export type AttemptTrait =
  | "none"
  | "classes"
  | "fallback"
  | "external"
  | "reconciled"
  | "condition"
  | "judged"
  | "session";

export const attemptTraits: fc.Arbitrary<AttemptTrait> = fc.constantFrom(
  "none",
  "none",
  "none",
  "classes",
  "fallback",
  "external",
  "reconciled",
  "condition",
  "judged",
  "session",
);

const judge = (id: string): StepDef =>
  step(id, { agentId: "judge", task: "Is ${{ output.of }} good?", retries: 1 });

/** The fields of a step with this trait. `sources` are steps whose conversation it may continue. */
export function attemptTrait(
  trait: AttemptTrait,
  id: string,
  sources: readonly string[],
): Partial<StepDef> {
  switch (trait) {
    case "none":
      return {};
    case "classes":
      return { retryOn: ["refused", "check"], reasks: 1 };
    case "fallback":
      return {
        fallback: { agents: ["second", "third"], on: ["error", "timeout", "invalid_output"] },
        reasks: 1,
      };
    case "external":
      return { effect: "external" };
    case "reconciled":
      return { effect: "external", reconcile: step("reconcile", { agentId: "ledger" }) };
    case "condition":
      return { check: [{ that: `output.of == '${id}' || size(output.of) > 0` }] };
    case "judged":
      return {
        check: [
          { that: "size(output.of) > 0", message: "it is empty" },
          { step: judge("check-2") },
          { that: "true" },
          { step: judge("check-4") },
        ],
      };
    case "session": {
      const [from] = sources;
      return from === undefined ? {} : { session: { from } };
    }
  }
}

/** The leaf to which a step is attached, and the name under which. */
export function attachment(path: string): { readonly owner: string; readonly name: string } | null {
  const at = path.lastIndexOf(":");
  return at <= 0 ? null : { owner: path.slice(0, at), name: path.slice(at + 1) };
}
