/** A JSON Schema, as far as a form reads it. */
export type Schema = Readonly<Record<string, unknown>>;

/** What every field has. */
interface FieldBase {
  /** The JSON pointer of its value: `/days`. */
  readonly pointer: string;
  readonly label: string;
  readonly hint: string;
  readonly isRequired: boolean;
  readonly schema: Schema;
}

/** How a value is asked for. What no kind fits is asked for as JSON. */
export type Field =
  | (FieldBase & { readonly kind: "text"; readonly isLong: boolean })
  | (FieldBase & { readonly kind: "number" })
  | (FieldBase & { readonly kind: "integer" })
  | (FieldBase & { readonly kind: "boolean" })
  | (FieldBase & { readonly kind: "choice"; readonly options: readonly unknown[] })
  | (FieldBase & { readonly kind: "choices"; readonly options: readonly unknown[] })
  | (FieldBase & { readonly kind: "object"; readonly fields: readonly Field[] })
  | (FieldBase & { readonly kind: "json" });

/** A text that may be longer than this has a field of several lines, in characters. */
const LONG_TEXT = 200;

/** Objects within each other are fields down to this depth; deeper ones are JSON. */
const MAX_DEPTH = 4;

/** Returns the fields of an object; none if the schema does not say which properties it has. */
export function fieldsOf(schema: Schema, pointer = "", depth = 0): readonly Field[] {
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  return Object.entries(asSchema(schema["properties"])).map(([name, property]) =>
    fieldOf(asSchema(property), {
      pointer: `${pointer}/${escapePointer(name)}`,
      name,
      isRequired: required.includes(name),
      depth,
    }),
  );
}

function fieldOf(
  schema: Schema,
  at: {
    readonly pointer: string;
    readonly name: string;
    readonly isRequired: boolean;
    readonly depth: number;
  },
): Field {
  const { pointer, name, isRequired, depth } = at;
  const base: FieldBase = {
    pointer,
    label: textOf(schema["title"]) ?? name,
    hint: textOf(schema["description"]) ?? "",
    isRequired,
    schema,
  };
  const options = optionsOf(schema);
  if (options !== undefined) return { ...base, kind: "choice", options };
  switch (schema["type"]) {
    case "string":
      return { ...base, kind: "text", isLong: isLong(schema) };
    case "number":
    case "integer":
      return { ...base, kind: schema["type"] };
    case "boolean":
      return { ...base, kind: "boolean" };
    case "array": {
      const inner = optionsOf(asSchema(schema["items"]));
      if (inner !== undefined) return { ...base, kind: "choices", options: inner };
      return { ...base, kind: "json" };
    }
    case "object": {
      const fields = depth < MAX_DEPTH ? fieldsOf(schema, pointer, depth + 1) : [];
      return fields.length === 0 ? { ...base, kind: "json" } : { ...base, kind: "object", fields };
    }
    default:
      return { ...base, kind: "json" };
  }
}

/** The values to choose from, if the schema lists them. */
function optionsOf(schema: Schema): readonly unknown[] | undefined {
  if (Array.isArray(schema["enum"])) return schema["enum"];
  return Object.hasOwn(schema, "const") ? [schema["const"]] : undefined;
}

function isLong({ maxLength, default: initial }: Schema): boolean {
  const isRoomy = typeof maxLength === "number" && maxLength > LONG_TEXT;
  return isRoomy || (typeof initial === "string" && initial.includes("\n"));
}

/** Any value as a schema; any other value says nothing. */
export function asSchema(value: unknown): Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Schema)
    : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A name as a part of a JSON pointer (RFC 6901). */
export function escapePointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The name that a part of a JSON pointer stands for. */
export function unescapePointer(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}
