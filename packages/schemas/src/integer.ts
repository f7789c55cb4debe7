/**
 * The largest `int` of ReScript. Every number that the core stores as an `int` is limited to it.
 */
export const MAX_INT = 2_147_483_647;
