/** Thrown after the reason is reported, when reading further would not be worth its cost. */
export class ReadingEnded extends Error {}
