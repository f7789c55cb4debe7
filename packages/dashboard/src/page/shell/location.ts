import { computed, signal } from "@preact/signals";
import { partsOfPath } from "./parts-of-path.js";

const address = signal(new URL(location.href));

addEventListener("popstate", () => {
  address.value = new URL(location.href);
});

/** The parts of the path: `/runs/c41d7e` is `["runs", "c41d7e"]`. */
export const pathParts = computed(() => partsOfPath(address.value.pathname));

/** The query of the address; everything that a page shows is in it. */
export const query = computed(() => address.value.searchParams);

/** Goes to an address of this page. `replace` keeps the history as it is. */
export function navigate(href: string, { replace = false }: { replace?: boolean } = {}): void {
  if (replace) history.replaceState(null, "", href);
  else history.pushState(null, "", href);
  address.value = new URL(location.href);
}

/** Changes values of the query; `undefined` removes one. */
export function changeQuery(
  changes: Readonly<Record<string, string | undefined>>,
  options: { replace?: boolean } = { replace: true },
): void {
  const next = new URL(address.value);
  for (const [name, value] of Object.entries(changes))
    if (value === undefined) next.searchParams.delete(name);
    else next.searchParams.set(name, value);
  navigate(next.pathname + next.search, options);
}

/** Follows a click on a link of this page without loading it again. */
export function followLink(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  const isPlain =
    event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!(link instanceof HTMLAnchorElement) || !isPlain || event.defaultPrevented) return;
  const target = new URL(link.href);
  if (target.origin !== location.origin || link.target !== "" || link.hasAttribute("download"))
    return;
  if (target.hash !== "" && target.pathname === location.pathname) return;
  event.preventDefault();
  navigate(target.pathname + target.search);
}
