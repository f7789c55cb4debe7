import { announce } from "./announce.js";

/** Copies a text to the clipboard, and says so. Returns false if the browser refuses. */
export async function copyText(text: string, what = "Copied"): Promise<boolean> {
  const isCopied = await write(text);
  announce(isCopied ? what : "The browser refused to copy.");
  return isCopied;
}

async function write(text: string): Promise<boolean> {
  try {
    // Undefined on a host that is neither loopback nor HTTPS.
    if (navigator.clipboard !== undefined) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // The older way may still work.
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "vh";
  document.body.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } finally {
    area.remove();
  }
}
