/** The largest `int` of ReScript: whatever becomes one there is at most this. */
export const MAX_INT = 2_147_483_647;
