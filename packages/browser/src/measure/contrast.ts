import type { Page } from "playwright-core";

/** The least contrast of small text and of large text (WCAG 2.2, level AA). */
const LEAST = { small: 4.5, large: 3 };

/** Texts whose contrast with their ground is too low, one sentence each. */
export async function contrastFaults(page: Page): Promise<string[]> {
  const found = await page.evaluate(() => {
    type Colour = readonly [number, number, number, number];
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const parsed = new Map<string, Colour>();
    const colourOf = (text: string): Colour => {
      const known = parsed.get(text);
      if (known !== undefined || canvas === null) return known ?? [0, 0, 0, 0];
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data;
      const colour: Colour = [r, g, b, a / 255];
      parsed.set(text, colour);
      return colour;
    };
    const over = (front: Colour, back: Colour): Colour => {
      const mix = (at: 0 | 1 | 2): number => front[at] * front[3] + back[at] * (1 - front[3]);
      return [mix(0), mix(1), mix(2), 1];
    };
    const light = (value: number): number => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    };
    const luminance = ([r, g, b]: Colour): number =>
      0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
    const groundOf = (element: Element): Colour => {
      const layers: Colour[] = [];
      for (let up: Element | null = element; up !== null; up = up.parentElement) {
        const colour = colourOf(getComputedStyle(up).backgroundColor);
        if (colour[3] > 0) layers.push(colour);
        if (colour[3] === 1) break;
      }
      return layers.reduceRight<Colour>((back, front) => over(front, back), [255, 255, 255, 1]);
    };
    const texts: { text: string; ratio: number; isLarge: boolean }[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const owner = node.parentElement;
      const text = node.textContent?.trim() ?? "";
      if (owner === null || text === "" || owner.closest("[hidden], .vh, svg") !== null) continue;
      // What cannot be used now needs no contrast.
      if (owner.closest("[aria-disabled=true], :disabled") !== null) continue;
      const style = getComputedStyle(owner);
      if (style.visibility === "hidden" || owner.getClientRects().length === 0) continue;
      const ground = groundOf(owner);
      const front = over(colourOf(style.color), ground);
      const [a, b] = [luminance(front), luminance(ground)];
      const size = Number.parseFloat(style.fontSize);
      texts.push({
        text: text.slice(0, 40),
        ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05),
        isLarge: size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700),
      });
    }
    return texts;
  });
  return found
    .filter(({ ratio, isLarge }) => ratio < (isLarge ? LEAST.large : LEAST.small))
    .map(({ text, ratio }) => `"${text}" has a contrast of ${ratio.toFixed(2)}`);
}
