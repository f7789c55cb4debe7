/** One member of a tagged union: its tag, and the fields beside it as TypeScript spells them. */
export interface Member {
  readonly type: string;
  readonly fields: readonly string[];
}

// `{ readonly a: string; b?: X }` to its fields; generated text puts no semicolon inside a field's
// type.
function fieldsOf(body: string): string[] {
  return body
    .split(";")
    .map((field) => field.trim().replace(/^readonly /, ""))
    .filter((field) => field !== "" && !field.startsWith("type:"));
}

/**
 * The members of the union called `name` in the text that genType wrote, in the order of the
 * source.
 */
export function readUnion(generated: string, name: string): Member[] {
  const declared = generated.split(`export type ${name} = `)[1];
  if (declared === undefined) throw new Error(`the generated types know no ${name}`);
  const [union = ""] = declared.split("\n\n");
  return union.split(/^ {2}(?:\| |  )/m).flatMap((member) => {
    const [, type, body] = /^\{ type: "([a-z_]+)"(.*?)\};?$/s.exec(member.trim()) ?? [];
    return type === undefined || body === undefined ? [] : [{ type, fields: fieldsOf(body) }];
  });
}
