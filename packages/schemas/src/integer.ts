/**
 * The largest ReScript `int`. It limits every number that the core stores as an `int`.
 */
export const MAX_INT = 2_147_483_647;
