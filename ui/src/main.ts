import "./lib/styles/index.css";
import { mount } from "svelte";
import { setBackend } from "./lib/backend";
import { clock } from "./lib/state/clock.svelte";
import { router } from "./lib/state/router.svelte";
import { startTheme } from "./lib/state/theme.svelte";

startTheme();
if (import.meta.env.MODE === "mock") {
  const { mockBackend } = await import("./lib/backend/mock");
  setBackend(mockBackend());
} else {
  const { tauriBackend } = await import("./lib/backend/tauri");
  setBackend(tauriBackend);
}
router.start();
clock.start();

const { default: App } = await import("./App.svelte");
mount(App, { target: document.querySelector("#app") ?? document.body });
