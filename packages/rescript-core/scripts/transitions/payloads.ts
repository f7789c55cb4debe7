/** One member of a tagged union: its tag, and its other fields as TypeScript spells them. */
export interface Member {
  readonly type: string;
  readonly fields: readonly string[];
}

// The fields of `{ readonly a: string; b?: X }`, without their comments. Generated types have no
// semicolon inside a field.
function fieldsOf(body: string): string[] {
  return body
    .replaceAll(/\/\*\*[^]*?\*\//g, "")
    .split(";")
    .map((field) => field.trim().replace(/^readonly /, ""))
    .filter((field) => field !== "" && !field.startsWith("type:"));
}

/**
 * The members of the union `name` in genType's text, in the order of the source.
 */
export function readUnion(generated: string, name: string): Member[] {
  const declared = generated.split(`export type ${name} = `)[1];
  if (declared === undefined) throw new Error(`The generated types have no ${name}.`);
  const [union = ""] = declared.split("\n\n");
  return union.split(/^ {2}(?:\| |  )/m).flatMap((member) => {
    const [, type, body] = /^\{ type: "([a-z_]+)"(.*?)\};?$/s.exec(member.trim()) ?? [];
    return type === undefined || body === undefined ? [] : [{ type, fields: fieldsOf(body) }];
  });
}
