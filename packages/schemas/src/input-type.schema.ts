import { z } from "zod";

/** The types that an input can be declared with. */
export const InputType = z.enum(["string", "number", "boolean", "object", "array"]);
export type InputType = z.output<typeof InputType>;
