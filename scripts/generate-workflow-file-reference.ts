// Writes docs/reference/workflow-file.md from the JSON Schema of workflow files.
import { readFileSync } from "node:fs";
import path from "node:path";
import { root, writePage } from "./reference/write-page.ts";

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly $ref?: string;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

const workflow = JSON.parse(
  readFileSync(path.join(root, "packages", "schemas", "workflow.schema.json"), "utf8"),
) as Schema;

/** A kind of map, and where it may stand; the first place is in the heading. */
interface Section {
  readonly places: string[];
  /** The key that tells it from the other kinds of maps at the same place. */
  readonly kind: string | undefined;
  readonly schema: Schema;
}

// Each map that is the value of a key, under the heading that describes it.
const sections: Section[] = [{ places: [""], kind: undefined, schema: workflow }];
for (let index = 0; index < sections.length; index += 1) {
  const { places, schema } = sections[index] as Section;
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    const prefix = places[0] === "" ? "" : `${places[0]}.`;
    const maps = mapsIn(value);
    for (const { schema: found, suffix } of maps) {
      const place = `${prefix}${key}${suffix}`;
      const known = sections.find((section) => section.schema === found);
      // Where a key accepts several kinds of maps, the first required key identifies the kind.
      const kind = maps.length > 1 ? found.required?.[0] : undefined;
      if (known === undefined) sections.push({ places: [place], kind, schema: found });
      else if (!known.places.some((one) => place === one || place.startsWith(`${one}.`)))
        known.places.push(place);
    }
  }
}

function resolve(schema: Schema): Schema {
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
  return reference === undefined
    ? schema
    : (workflow.definitions?.[reference.replace("#/definitions/", "")] ?? schema);
}

function mapsIn(written: Schema, suffix = ""): { schema: Schema; suffix: string }[] {
  const schema = resolve(written);
  if (schema.properties !== undefined) return [{ schema, suffix }];
  if (schema.items !== undefined) return mapsIn(schema.items, `${suffix}[]`);
  if (typeof schema.additionalProperties === "object")
    return mapsIn(schema.additionalProperties, `${suffix}.NAME`);
  return (schema.anyOf ?? []).flatMap((each) => mapsIn(each, suffix));
}

const PLURALS: Readonly<Record<string, string>> = {
  text: "texts",
  map: "maps",
  "whole number": "whole numbers",
};

function typeOf(written: Schema): string {
  const schema = resolve(written);
  if (schema.enum !== undefined)
    return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (schema.anyOf !== undefined) {
    const types = [...new Set(schema.anyOf.map(typeOf))];
    return types.includes("duration") ? "duration" : types.join(" or ");
  }
  if (schema.type === "array") return `list of ${PLURALS[typeOf(schema.items ?? {})] ?? "values"}`;
  if (schema.type === "object" || schema.properties !== undefined) return "map";
  if (schema.pattern?.includes("ms") === true) return "duration";
  return (
    { string: "text", integer: "whole number", boolean: "`true` or `false`" }[schema.type ?? ""] ??
    schema.type ??
    "any value"
  );
}

function limitsOf(schema: Schema): string {
  const { minimum, maximum, minItems, maxItems } = resolve(schema);
  const [least, most] = [minimum ?? minItems, maximum ?? maxItems];
  const isUnlimited =
    most === undefined || most === 2_147_483_647 || most === Number.MAX_SAFE_INTEGER;
  if (least === undefined && isUnlimited) return "";
  return isUnlimited ? `, from ${least}` : `, ${least ?? 0} to ${most}`;
}

/** The description that one of several forms of a value has. */
function descriptionIn({ anyOf, allOf }: Schema): string | undefined {
  return [...(anyOf ?? []), ...(allOf ?? [])].find(({ description }) => description !== undefined)
    ?.description;
}

function row(schema: Schema, [key, value]: [string, Schema]): string {
  const isRequired = schema.required?.includes(key) === true && value.default === undefined;
  const fallback =
    value.default === undefined
      ? isRequired
        ? "**required**"
        : ""
      : `\`${JSON.stringify(value.default)}\``;
  const about = value.description ?? resolve(value).description ?? descriptionIn(value);
  if (about === undefined) throw new Error(`The key ${key} has no description.`);
  const cells = [`\`${key}\``, typeOf(value) + limitsOf(value), fallback, about];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function headingOf({ places: [place], kind }: Section): string {
  if (place === "") return "The workflow";
  return `\`${place}\`${kind === undefined ? "" : ` with \`${kind}\``}`;
}

const pages = sections.map((section) => {
  const { places, schema } = section;
  const rows = Object.entries(schema.properties ?? {}).map((entry) => row(schema, entry));
  const elsewhere = places.slice(1).map((place) => `\`${place}\``);
  const about = [
    ...(places[0] === "" || schema.description === undefined ? [] : [schema.description]),
    ...(elsewhere.length === 0 ? [] : [`The same map stands at ${elsewhere.join(", ")}.`]),
  ];
  const head = "| key | value | default | |\n|---|---|---|---|";
  const lead = about.length === 0 ? "" : `${about.join("\n")}\n\n`;
  return `## ${headingOf(section)}\n\n${lead}${head}\n${rows.join("\n")}`;
});

const intro =
  "Every key of a workflow file; [the guide](../guide/workflow-files.md) says what each is for.\n" +
  "Keys that are not here are errors, except those that begin with `x-`.\n" +
  "A duration is text such as `500ms`, `30s`, `20m`, `1h30m`, `1d`, or a number of milliseconds.";
writePage(
  "workflow-file.md",
  "generate-workflow-file-reference.ts",
  `# Workflow file\n\n${intro}\n\n${pages.join("\n\n")}`,
);
