/** The bridge to the core's expressions. Only this folder imports the generated bindings. */
export type { ExpressionBindings } from "@automatosx/rescript-core";
export { Expressions, Templates } from "@automatosx/rescript-core";
