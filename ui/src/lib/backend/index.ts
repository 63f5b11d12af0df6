import type { Backend } from "./backend";

export type * from "./bindings";
export { asErrorView, Failure, type Backend } from "./backend";

let chosen: Backend | undefined;

/** Set once, before the first component is made. */
export function setBackend(backend: Backend): void {
  chosen = backend;
}

/** The application behind the page. */
export function backend(): Backend {
  if (!chosen) throw new Error("no backend was chosen");
  return chosen;
}
