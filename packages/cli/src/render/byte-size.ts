const UNIT_BYTES = { KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 } as const;

/** `1.5 MB`. */
export function byteSize(bytes: number): string {
  const unit = (["TB", "GB", "MB", "KB"] as const).find((name) => bytes >= UNIT_BYTES[name]);
  return unit === undefined ? `${bytes} bytes` : `${(bytes / UNIT_BYTES[unit]).toFixed(1)} ${unit}`;
}

/**
 * Parses a size such as `1.5GB` into bytes; returns undefined if it is not a size. The unit is
 * required because `--max-size 500`, read as bytes, would remove everything.
 */
export function parseByteSize(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,15}(?:\.\d{1,3})?)([KMGT]B)$/i.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return Math.floor(Number(amount) * UNIT_BYTES[unit.toUpperCase() as keyof typeof UNIT_BYTES]);
}
