import type { Theme } from "../backend";

const dark = matchMedia("(prefers-color-scheme: dark)");
let chosen: Theme = "system";

/** Shows the window in the chosen colours, and follows the computer where that is the choice. */
export function setTheme(theme: Theme): void {
  chosen = theme;
  apply();
}

function apply(): void {
  const asDark = chosen === "dark" || (chosen === "system" && dark.matches);
  document.documentElement.dataset["theme"] = asDark ? "dark" : "light";
}

export function startTheme(): void {
  dark.addEventListener("change", apply);
  apply();
}
