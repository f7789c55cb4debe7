import { cleanLine } from "@automatosx/workflow/terminal-text";
import { excerptLines } from "../render/excerpt.js";
import { fieldsOf, kindOfField } from "./form-fields.js";

/** The values that a form asks for, one line each: `size   one of small, large`. */
export function formLines(form: unknown): readonly string[] {
  return fieldsOf(form).map((field) => {
    const optional = field.isRequired ? "" : " (optional)";
    return `${cleanLine(field.name)}: ${cleanLine(kindOfField(field))}${optional}`;
  });
}

/** What a gate shows, as lines, with a mark that names what shows the rest of a long text. */
export function shownLines(value: unknown, shownBy: string): readonly string[] {
  const text = typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
  return excerptLines(text, shownBy);
}
