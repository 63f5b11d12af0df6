/**
 * Which state the made-up books are in, from the address: `?state=partial&lines=100000&theme=dark`.
 */
export type State =
  | "setup"
  | "waiting"
  | "organisations"
  | "erpnext"
  | "check"
  | "map"
  | "first-preview"
  | "attention"
  | "agrees"
  | "empty"
  | "running"
  | "partial"
  | "restored"
  | "elsewhere"
  | "loading"
  | "error";

export interface Scenario {
  state: State;
  lines: number;
  theme: "system" | "light" | "dark";
}

export function scenario(search: string): Scenario {
  const params = new URLSearchParams(search);
  const theme = params.get("theme");
  return {
    state: (params.get("state") ?? "attention") as State,
    lines: Number(params.get("lines") ?? 128_402),
    theme: theme === "dark" || theme === "light" ? theme : "system",
  };
}

/** The made-up present. */
export const now = new Date("2026-11-22T14:04:30");

/** An instant a number of seconds before the made-up present. */
export function before(seconds: number): string {
  return new Date(now.getTime() - seconds * 1000).toISOString();
}
