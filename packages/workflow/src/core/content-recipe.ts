/** The version of the rules by which two requests are the same, as the journal records it. */
export const RECIPE = 1;
