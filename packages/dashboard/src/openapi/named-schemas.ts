import { z } from "zod";
import * as api from "../api/index.js";

type Json = Readonly<Record<string, unknown>>;

/** How schemas are written: those of the API that have a name are referred to by it. */
export interface NamedSchemas {
  /** JSON Schema of each named schema, by name. */
  readonly documents: Json;
  /** A reference to a named schema. */
  ref(name: string): Json;
  /** JSON Schema of any schema, as it is sent or as it is received. */
  of(schema: z.ZodType, io: "input" | "output"): Json;
}

/** Writes the schemas that `src/api` exports. */
export function namedSchemas(): NamedSchemas {
  const registry = z.registry<{ id: string }>();
  const names = new Map<z.ZodType, string>();
  for (const [name, schema] of Object.entries(api))
    if (schema instanceof z.ZodType && !PLAIN.has(name)) {
      registry.add(schema, { id: name });
      names.set(schema, name);
    }
  for (const [name, schema] of Object.entries(api.MESSAGES)) {
    if (names.has(schema)) continue;
    const id = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Message`;
    registry.add(schema, { id });
    names.set(schema, id);
  }
  const uri = (id: string): string => `#/components/schemas/${id}`;
  const { schemas } = z.toJSONSchema(registry, { uri, ...OPTIONS });
  const ref = (name: string): Json => ({ $ref: uri(name) });
  return {
    documents: Object.fromEntries(
      Object.entries(schemas)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, schema]) => [name, withoutIds(schema)]),
    ),
    ref,
    of: (schema, io) => {
      const name = names.get(schema);
      if (name !== undefined) return ref(name);
      const { $defs: _, ...rest } = withoutIds(
        z.toJSONSchema(schema, { io, metadata: registry, ...OPTIONS }),
      );
      return referring(rest, uri);
    },
  };
}

/** Schemas of one value, which say more where they stand than by a name, and lists of parameters. */
const PLAIN: ReadonlySet<string> = new Set([
  ...["Json", "Instant", "Count", "RunPart", "StepPath"],
  ...["RunsQuery", "StreamQuery"],
]);

const OPTIONS = { target: "draft-2020-12", unrepresentable: "any" } as const;

function withoutIds(schema: object): Json {
  const { $schema: _, $id: __, ...rest } = schema as Record<string, unknown>;
  return rest;
}

// A schema alone refers to the named ones as parts of itself.
function referring(schema: Json, uri: (id: string) => string): Json {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === "$ref" && typeof value === "string" ? uri(value.replace("#/$defs/", "")) : value,
  ) as Json;
}
