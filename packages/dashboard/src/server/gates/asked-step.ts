import { innerPath, placeOf, type RunView } from "@automatosx/workflow/run-view";

const RESULT = /\bsteps(?:\.([A-Za-z_][\w-]*)|\[\s*["']([^"']+)["']\s*\])\.output\b/gu;

/**
 * Returns the step whose result a gate shows; undefined if it shows nothing, or the results of
 * several steps.
 */
export function askedStep(view: Pick<RunView, "step">, gate: string): string | undefined {
  const { show } = view.step(gate)?.gate ?? {};
  if (show === undefined) return undefined;
  const names = new Set(
    [...JSON.stringify(show).replaceAll('\\"', '"').matchAll(RESULT)].map(
      ([, plain, quoted]) => plain ?? quoted ?? "",
    ),
  );
  const [name, ...more] = names;
  if (name === undefined || more.length > 0) return undefined;
  // As in expressions, the step in the nearest list around the gate is meant.
  for (let { owner } = placeOf(gate); ; owner = placeOf(owner).owner) {
    const path = owner === undefined ? name : innerPath(owner, name);
    if (view.step(path) !== undefined) return path;
    if (owner === undefined) return undefined;
  }
}
