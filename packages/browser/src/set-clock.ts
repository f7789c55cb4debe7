import type { BrowserContext } from "playwright-core";

/** Sets the clock of the pages of a context ahead, or behind if `ms` is negative. */
export async function setClock(context: BrowserContext, ms: number): Promise<void> {
  await context.addInitScript((aheadMs) => {
    const RealDate = Date;
    const now = (): number => RealDate.now() + aheadMs;
    globalThis.Date = new Proxy(RealDate, {
      construct: (target, args: readonly unknown[]) =>
        Reflect.construct(target, args.length === 0 ? [now()] : args) as Date,
      get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
    });
  }, ms);
}
