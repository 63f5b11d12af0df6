import type { UndoView } from "../bindings";

/** What undoing a run would do, or did. */
export function undo(run: number, by: number | null): UndoView {
  const done = by === null ? "to_do" : "done";
  return {
    run,
    by_run: by,
    outcome: by === null ? null : "done",
    counts: [
      { side: "erpnext", kind: "payment", action: "void", records: 4 },
      { side: "erpnext", kind: "invoice", action: "void", records: 27 },
      { side: "xero", kind: "contact", action: "archive", records: 2 },
      { side: "xero", kind: "contact", action: "set_back", records: 1 },
    ],
    undone: 34,
    stays: 3,
    nothing: 0,
    kept: [
      "Submitted documents stay in ERPNext as cancelled, with their names.",
      "Contacts are archived in Xero, which deletes none.",
    ],
    items: [
      ["INV-0413", "paid since, by a payment that somebody entered in ERPNext"],
      ["INV-0398", "paid since, by a payment that somebody entered in Xero"],
      ["INV-0377", "edited since, in ERPNext"],
    ].map(([title, text], at) => ({
      record: `erpnext:invoice:${title}`,
      side: "erpnext" as const,
      kind: "invoice" as const,
      title: title ?? "",
      contact: "Brightside Events",
      amount: { value: "612.50", currency: "GBP" },
      state: at < 3 ? ("stays" as const) : done,
      action: null,
      reason: "touched",
      text: text ?? "",
    })),
    error: null,
  };
}
