import type { Theme } from "../backend";

const dark = matchMedia("(prefers-color-scheme: dark)");
const remembered = "theme";
let chosen: Theme = "system";

/** Shows the window in the chosen colours, and follows the computer where that is the choice. */
export function setTheme(theme: Theme): void {
  chosen = theme;
  // Settings are read after the first paint; the next start must not flash in other colours.
  localStorage.setItem(remembered, theme);
  apply();
}

function apply(): void {
  const asDark = chosen === "dark" || (chosen === "system" && dark.matches);
  document.documentElement.dataset["theme"] = asDark ? "dark" : "light";
}

export function startTheme(): void {
  const last = localStorage.getItem(remembered);
  if (last === "light" || last === "dark") chosen = last;
  dark.addEventListener("change", apply);
  apply();
}
