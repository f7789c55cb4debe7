import { type ExpressionBindings, Templates } from "../core/workflow-state-machine.js";

/** A text with every template replaced, or why it cannot be rendered. */
export type RenderedText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly error: string };

/** Renders a text with the values that its templates refer to, by root name. */
export function renderTemplate(
  text: string,
  values: Readonly<Record<string, unknown>>,
): RenderedText {
  if (!text.includes("${{")) return { ok: true, text };
  const { parts, problems } = Templates.parse(text);
  const [problem] = problems;
  if (problem !== undefined) return { ok: false, error: problem.message };
  const rendered = Templates.render(parts, bindingsOf(values));
  return rendered.ok ? rendered : { ok: false, error: rendered.failure.message };
}

/** Returns the bindings of these values. */
export function bindingsOf(values: Readonly<Record<string, unknown>>): ExpressionBindings {
  return {
    name: (name) => (name === "steps" ? undefined : own(values, name)),
    step: (stepId, field) => own(own(values["steps"], stepId), field),
  };
}

function own(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}
