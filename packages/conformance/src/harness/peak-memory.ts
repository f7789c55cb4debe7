const KILOBYTE = 1024;

/** The most memory that this process has held so far, in bytes. */
export const peakMemory = (): number => process.resourceUsage().maxRSS * KILOBYTE;
