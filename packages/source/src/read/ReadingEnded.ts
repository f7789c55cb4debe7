/** Thrown once the reason is reported, when reading on would cost more than it would report. */
export class ReadingEnded extends Error {}
