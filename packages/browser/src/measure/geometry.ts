import type { Page } from "playwright-core";

/** What is wrong with how a page is laid out, one sentence each. */
export async function layoutFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const visible = (element: Element): boolean => {
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      return (
        style.visibility !== "hidden" &&
        style.display !== "none" &&
        Number(style.opacity) > 0 &&
        box.width > 1 &&
        box.height > 1 &&
        element.closest("[hidden], .vh, [aria-hidden=true]") === null
      );
    };
    const textOf = ({ textContent }: Element): string => (textContent ?? "").trim();
    const nameOf = (element: Element): string =>
      `${element.tagName.toLowerCase()}.${element.className} ${textOf(element).slice(0, 30)}`;
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth + 1)
      faults.push(`the page scrolls sideways: ${root.scrollWidth} of ${root.clientWidth} px`);
    const targets = document.querySelectorAll(
      "button, a[href], input, select, textarea, [role=tab], [role=row][tabindex]",
    );
    for (const target of targets) {
      if (!visible(target)) continue;
      // A link in a sentence may be as small as its text, and a line number as its line.
      if (target.matches("p a, li a, td a, dd a, nav a, .cut a, h1 a, .ln")) continue;
      const shown = target.closest("label, .find") ?? target;
      const { width, height } = shown.getBoundingClientRect();
      if (width < 24 || height < 24)
        faults.push(
          `a target is small, ${Math.round(width)}×${Math.round(height)}: ${nameOf(target)}`,
        );
    }
    return [...new Set(faults)];
  });
}

/** Texts that lie on top of each other, one sentence for each pair. */
export async function overlaps(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    interface Piece {
      readonly text: string;
      readonly owner: Element;
      readonly box: DOMRect;
    }
    const pieces: Piece[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const owner = node.parentElement;
      const text = node.textContent?.trim() ?? "";
      if (owner === null || text === "") continue;
      if (owner.closest("[hidden], .vh, [aria-hidden=true], dialog, [role=tooltip], svg") !== null)
        continue;
      const style = getComputedStyle(owner);
      if (style.visibility === "hidden" || Number(style.opacity) === 0) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) {
        const clipped = clip(box, owner);
        if (clipped.width > 2 && clipped.height > 2) pieces.push({ text, owner, box: clipped });
      }
    }
    const faults: string[] = [];
    for (const [index, a] of pieces.entries())
      for (const b of pieces.slice(index + 1)) {
        if (a.owner.contains(b.owner) || b.owner.contains(a.owner)) continue;
        const width = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const height = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        if (width > 2 && height > 4 && isOnTop(a) && isOnTop(b))
          faults.push(`"${a.text.slice(0, 40)}" lies on "${b.text.slice(0, 40)}"`);
      }
    return [...new Set(faults)].slice(0, 20);

    // What an ancestor scrolls or cuts away is not seen.
    function clip(box: DOMRect, owner: Element): DOMRect {
      let { left, top, right, bottom } = box;
      for (let up: Element | null = owner; up !== null; up = up.parentElement) {
        const style = getComputedStyle(up);
        if (style.overflowX === "visible" && style.overflowY === "visible") continue;
        const outer = up.getBoundingClientRect();
        left = Math.max(left, outer.left);
        top = Math.max(top, outer.top);
        right = Math.min(right, outer.right);
        bottom = Math.min(bottom, outer.bottom);
      }
      right = Math.min(right, innerWidth);
      bottom = Math.min(bottom, innerHeight);
      return new DOMRect(left, top, Math.max(0, right - left), Math.max(0, bottom - top));
    }

    // A text behind a sticky bar is not read.
    function isOnTop({ box, owner }: Piece): boolean {
      const found = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      return found !== null && (owner.contains(found) || found.contains(owner));
    }
  });
}
