import type { SetupStep, SetupView } from "../../backend";

export const stepLabels: readonly { id: SetupStep; label: string }[] = [
  { id: "xero", label: "Xero" },
  { id: "erpnext", label: "ERPNext" },
  { id: "check", label: "Check" },
  { id: "map", label: "Map" },
  { id: "preview", label: "Preview" },
];

/**
 * The steps a person may open: both connections always, in any order; the rest once both sides'
 * books are chosen.
 */
export function openSteps(setup: SetupView): SetupStep[] {
  const both = Boolean(setup.xero?.chosen) && Boolean(setup.erpnext?.chosen);
  return both ? ["xero", "erpnext", "check", "map", "preview"] : ["xero", "erpnext"];
}
