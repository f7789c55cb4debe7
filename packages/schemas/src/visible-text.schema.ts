import { z } from "zod";
import { invisibleCharacterIn, visibleTextError } from "./visible-text.js";

/** Text that a person reads, of one character or more, all of which can be seen. */
export function visibleText(most = Infinity) {
  const text = most === Infinity ? z.string().min(1) : z.string().min(1).max(most);
  return text.refine((value) => invisibleCharacterIn(value) === undefined, {
    error: ({ input }) => visibleTextError(input) ?? "contains an invisible character",
  });
}
