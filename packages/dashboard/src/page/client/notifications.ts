import { stored } from "../shell/stored.js";
import { newsOf } from "./pulse-news.js";
import { liveStream } from "./stream.js";

/** Whether a hidden tab shows notifications: a setting of this browser. */
export const areNotificationsOn = stored("axw-notify", ["on", "off"], "off");

/** Switches notifications on or off. The browser asks the person when they are first switched on. */
export async function switchNotifications(): Promise<"on" | "off" | "refused"> {
  if (areNotificationsOn.value === "on") {
    areNotificationsOn.value = "off";
    return "off";
  }
  if (typeof Notification === "undefined") return "refused";
  const permission =
    Notification.permission === "default"
      ? await Notification.requestPermission()
      : Notification.permission;
  if (permission !== "granted") return "refused";
  areNotificationsOn.value = "on";
  return "on";
}

let isListening = false;

/** Shows a notification whenever a hidden tab reads counts that are news. */
export function showNotifications(): void {
  if (isListening) return;
  isListening = true;
  let last = liveStream.pulse.peek();
  liveStream.pulse.subscribe((pulse) => {
    const before = last;
    last = pulse;
    if (before === undefined || pulse === undefined) return;
    const isWanted = areNotificationsOn.peek() === "on" && document.hidden;
    if (!isWanted || typeof Notification === "undefined") return;
    if (Notification.permission !== "granted") return;
    for (const { title, path, tag } of newsOf(before, pulse)) {
      const notification = new Notification(title, { tag });
      notification.addEventListener("click", () => {
        focus();
        location.assign(path);
      });
    }
  });
}
