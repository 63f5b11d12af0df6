import { router, type Page } from "../state/router.svelte";

const pages: Record<string, Page> = {
  o: "overview",
  n: "attention",
  a: "activity",
  r: "records",
  p: "preview",
  u: "rules",
  h: "history",
  m: "mappings",
  d: "schedule",
  c: "connections",
  s: "settings",
};

let waitingSince = 0;

/** Whether a key goes into a text the person is writing. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  return (
    target instanceof HTMLElement &&
    (target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select") ||
      target.isContentEditable)
  );
}

/** `g` and then a letter goes to a page: `g o` to Overview. */
export function pageShortcut(event: KeyboardEvent): void {
  if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "g") {
    waitingSince = event.timeStamp;
    return;
  }
  const page = pages[event.key];
  if (page && event.timeStamp - waitingSince < 1200) {
    event.preventDefault();
    router.go(page);
  }
  waitingSince = 0;
}
