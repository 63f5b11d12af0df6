import type { LogDetail, LogFilter, LogLine, LogPage, Outcome } from "../bindings";
import { customer, scatter } from "./people";
import { before } from "./scenario";

const written: Omit<LogLine, "id">[] = [
  {
    at: before(139),
    run: 312,
    kind: "invoice",
    title: "INV-0413",
    contact: "Brightside Events",
    amount: { value: "612.50", currency: "GBP" },
    towards: "erpnext",
    outcome: "agrees",
    message: "Created in ERPNext; both sides have the same figures.",
  },
  {
    at: before(139),
    run: 312,
    kind: "credit_note",
    title: "CN-0030",
    contact: "Penrose Weddings",
    amount: { value: "60.00", currency: "GBP" },
    towards: "erpnext",
    outcome: "agrees",
    message: "Used for invoices in ERPNext",
  },
  {
    at: before(140),
    run: 312,
    kind: "payment",
    title: "INV-0398",
    contact: "Penrose Weddings",
    amount: { value: "84.00", currency: "GBP" },
    towards: "erpnext",
    outcome: "agrees",
    message: "Created in ERPNext; both sides have the same figures.",
  },
  {
    at: before(141),
    run: 312,
    kind: "payment",
    title: "ACC-PAY-2026-00117",
    contact: "Penrose Weddings",
    amount: { value: "84.00", currency: "GBP" },
    towards: null,
    outcome: "refused",
    message: 'Xero has no bank account for "Cash - MF" of ERPNext.',
  },
  {
    at: before(142),
    run: 312,
    kind: "invoice",
    title: "INV-0412",
    contact: "Okafor & Daughters",
    amount: { value: "240.00", currency: "GBP" },
    towards: "xero",
    outcome: "refused",
    message: "Xero has no account for Freight Income - MF.",
  },
  {
    at: before(142),
    run: 312,
    kind: "invoice",
    title: "INV-0411",
    contact: "Tamar Valley Nursery",
    amount: { value: "1082.40", currency: "GBP" },
    towards: "xero",
    outcome: "agrees",
    message: "Created in Xero; both sides have the same figures.",
  },
  {
    at: before(144),
    run: 312,
    kind: "contact",
    title: "Tamar Valley Nursery",
    contact: null,
    amount: null,
    towards: "xero",
    outcome: "agrees",
    message: "Created in Xero.",
  },
  {
    at: before(152),
    run: 312,
    kind: "invoice",
    title: "INV-0377",
    contact: "Lindqvist AB",
    amount: { value: "910.00", currency: "EUR" },
    towards: "erpnext",
    outcome: "agrees",
    message: "Due date changed from 30 Nov to 15 Dec 2026.",
  },
  {
    at: before(351),
    run: 311,
    kind: "invoice",
    title: "INV-0366",
    contact: "Castle Catering",
    amount: { value: "320.00", currency: "GBP" },
    towards: "erpnext",
    outcome: "voided",
    message: "Cancelled in ERPNext: it was voided in Xero.",
  },
  {
    at: before(378),
    run: 311,
    kind: "contact",
    title: "Harbour Hotels",
    contact: null,
    amount: null,
    towards: null,
    outcome: "conflict",
    message: "Edited in Xero and in ERPNext since both last agreed.",
  },
  {
    at: before(1170),
    run: 310,
    kind: null,
    title: "Scheduled",
    contact: null,
    amount: null,
    towards: null,
    outcome: "nothing_new",
    message: "Both sides were read; nothing had changed.",
  },
];

/** ERPNext's pages. */
const forms = {
  contact: "customer",
  invoice: "sales-invoice",
  credit_note: "sales-invoice",
  payment: "payment-entry",
};

const usual: Outcome[] = [
  "agrees",
  "agrees",
  "agrees",
  "agrees",
  "linked",
  "agrees",
  "agrees",
  "voided",
];

/** Line `id` of the made-up log; the newest come from the story above. */
function line(id: number, total: number): LogLine {
  const told = written[total - id];
  if (told) return { ...told, id };
  const seed = scatter(id);
  const isContact = seed % 9 === 0;
  const isRun = seed % 41 === 3;
  const cents = String(seed % 100).padStart(2, "0");
  return {
    id,
    at: before(1200 + (total - id) * 173),
    run: Math.max(1, 310 - Math.floor((total - id) / 420)),
    kind: isRun ? null : isContact ? "contact" : "invoice",
    title: isRun
      ? "Scheduled"
      : isContact
        ? customer(seed)
        : `INV-${String(id % 10_000).padStart(4, "0")}`,
    contact: isRun || isContact ? null : customer(seed >> 3),
    amount:
      isRun || isContact
        ? null
        : { value: `${20 + (seed % 2400)}.${cents}`, currency: seed % 17 === 0 ? "EUR" : "GBP" },
    towards: isRun ? null : seed % 3 === 0 ? "xero" : "erpnext",
    outcome: isRun ? "nothing_new" : (usual[seed % usual.length] ?? "agrees"),
    message: isRun
      ? "Both sides were read; nothing had changed."
      : "Both sides have the same figures.",
  };
}

/** The log, made when first asked for. */
export class MadeUpLog {
  readonly #total: number;
  #lines: LogLine[] | undefined;

  constructor(total: number) {
    this.#total = total;
  }

  #all(): LogLine[] {
    this.#lines ??= Array.from({ length: this.#total }, (_, back) =>
      line(this.#total - back, this.#total),
    );
    return this.#lines;
  }

  newest(count: number): LogLine[] {
    return this.#all().slice(0, count);
  }

  page(filter: LogFilter, from: number | null, limit: number): LogPage {
    const words = (filter.text ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const found = this.#all().filter(
      (each) =>
        (filter.kind == null || each.kind === filter.kind) &&
        (filter.towards == null || each.towards === filter.towards) &&
        (!filter.outcomes?.length || filter.outcomes.includes(each.outcome)) &&
        (filter.since == null || each.at >= filter.since) &&
        (filter.run == null || each.run === filter.run) &&
        words.every((word) =>
          `${each.title} ${each.contact ?? ""} ${each.message}`.toLowerCase().includes(word),
        ),
    );
    const older = from === null ? found : found.filter((each) => each.id < from);
    const lines = older.slice(0, limit);
    return {
      lines,
      total: Math.min(found.length, 10_000),
      more_than_total: found.length > 10_000,
      oldest_at: this.#all().at(-1)?.at ?? null,
      next_before: older.length > lines.length ? (lines.at(-1)?.id ?? null) : null,
    };
  }

  detail(id: number): LogDetail {
    const found = this.#all().find((each) => each.id === id) ?? line(id, this.#total);
    const refused = found.outcome === "refused";
    const conflict = found.outcome === "conflict";
    const unmapped = refused && found.kind === "payment";
    return {
      line: found,
      explanation: unmapped
        ? `${found.message} Nothing was written.`
        : refused
          ? "Xero has no account for Freight Income - MF. Nothing was written."
          : conflict
            ? "Harbour Hotels was edited on both sides since they last agreed. Nothing was written."
            : found.message,
      next_step: refused
        ? `Choose the Xero account for it, and the ${found.kind ?? "record"} is sent again.`
        : conflict
          ? "Choose which side's values to keep."
          : null,
      exception: unmapped ? 6 : refused ? 1 : conflict ? 3 : null,
      differences: conflict
        ? [
            {
              field: "E-mail",
              xero: "accounts@harbourhotels.example",
              erpnext: "ap@harbourhotels.example",
              before: null,
            },
          ]
        : [],
      history: [
        {
          id,
          at: found.at,
          text: refused && !unmapped ? "Refused by Xero" : found.message,
          outcome: found.outcome,
        },
        { id: id - 3, at: before(145), text: "Planned: create in Xero", outcome: "note" },
        { id: id - 9, at: before(283), text: "Submitted in ERPNext", outcome: "note" },
      ],
      record: found.kind === null ? null : `xero:${found.kind}:${found.title}`,
      who: "alex on till-2",
      changes:
        found.outcome === "agrees" && found.kind === "invoice"
          ? [{ field: "due date", before: "20 Dec 2026", after: "31 Jan 2027" }]
          : [],
      exchanges:
        found.kind && !unmapped
          ? [
              {
                side: found.towards ?? "xero",
                at: found.at,
                request:
                  found.kind === "payment"
                    ? "POST /api/resource/Payment Entry"
                    : found.kind === "credit_note"
                      ? "POST /api/resource/Journal Entry"
                      : "PUT /Invoices?summarizeErrors=false",
                body: `{\n  "InvoiceNumber": "${found.title}",\n  "Total": ${found.amount?.value ?? "0.00"}\n}`,
                answer: refused
                  ? "200 StatusAttributeString ERROR\n\"Account code '' is not a valid code for this document.\""
                  : "200 StatusAttributeString OK",
              },
            ]
          : [],
      links: {
        xero: refused || !found.kind ? null : "https://go.xero.com/app/invoicing/view/1",
        erpnext: found.kind ? `https://erp.example.com/app/${forms[found.kind]}/1` : null,
      },
    };
  }
}
