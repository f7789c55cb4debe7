import { errorKind } from "@automatosx/source";

/** Two keys that contradict each other. */
export const CONFLICT = errorKind(
  "AXW1108",
  "Two keys contradict each other",
  "keep one of the two",
);
