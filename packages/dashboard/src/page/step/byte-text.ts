const UNITS = ["B", "KB", "MB", "GB"] as const;

/** A size in its largest unit: `870 B`, `2.1 KB`, `18 KB`, `48 MB`. */
export function byteText(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || size >= 9.95 ? 0 : 1;
  return `${size.toFixed(digits)} ${UNITS[unit] ?? "GB"}`;
}
