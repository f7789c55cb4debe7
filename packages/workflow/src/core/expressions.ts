/** The bridge to the core's expressions. Only this folder imports the generated bindings. */
export type { ExpressionBindings, Schema } from "@automatosx/rescript-core";
export { Expressions, Schemas, Templates } from "@automatosx/rescript-core";
