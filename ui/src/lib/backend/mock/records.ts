import type {
  Kind,
  RecordField,
  RecordFilter,
  RecordLine,
  RecordLineItem,
  RecordStanding,
  RecordsPage,
  RecordView,
} from "../bindings";
import { calendarDay } from "../../words/time";
import { customer, scatter } from "./people";
import { before, now } from "./scenario";

const kinds: Kind[] = ["invoice", "invoice", "payment", "invoice", "credit_note", "invoice"];
const prefix: Record<Kind, string> = {
  contact: "",
  invoice: "INV",
  credit_note: "CN",
  payment: "ACC-PAY-2026",
};

function stands(seed: number): RecordStanding {
  if (seed % 23 === 4) return "waiting";
  if (seed % 17 === 2) return "alone";
  return seed % 13 === 5 ? "ended" : "linked";
}

/** The record `back` places from the newest one. */
function line(back: number): RecordLine {
  const seed = scatter(back);
  const kind = back < 9 ? "contact" : (kinds[seed % kinds.length] ?? "invoice");
  const number = String(9000 - back).padStart(4, "0");
  const day = new Date(now.getTime() - Math.floor(back / 3) * 86_400_000);
  const standing = back === 10 ? "waiting" : stands(seed);
  const alone = standing === "alone";
  return {
    record: `xero:${kind}:${back}`,
    kind,
    title: kind === "contact" ? customer(back) : `${prefix[kind]}-${number}`,
    contact: kind === "contact" ? null : customer(seed >> 3),
    date: kind === "contact" ? null : day.toISOString().slice(0, 10),
    amount:
      kind === "contact"
        ? null
        : {
            value: `${20 + (seed % 2400)}.${String(seed % 100).padStart(2, "0")}`,
            currency: seed % 17 === 0 ? "EUR" : "GBP",
          },
    xero: !alone || seed % 2 === 0,
    erpnext: !alone || seed % 2 === 1,
    standing,
    exception: standing === "waiting" ? 3 : null,
  };
}

/** Made-up records, newest first, contacts before them. */
export class MadeUpRecords {
  readonly #all: RecordLine[];

  constructor(total: number) {
    this.#all = Array.from({ length: total }, (_, back) => line(back));
  }

  #found(filter: RecordFilter): RecordLine[] {
    const words = (filter.text ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const [low, high = low] = (filter.amount ?? "").split("..");
    return this.#all.filter(
      (each) =>
        (filter.kind == null || each.kind === filter.kind) &&
        (filter.side == null || each[filter.side]) &&
        (filter.standing == null || each.standing === filter.standing) &&
        (filter.from == null || (each.date ?? "") >= filter.from) &&
        (filter.until == null || (each.date !== null && each.date <= filter.until)) &&
        (!filter.amount ||
          (each.amount !== null &&
            Number(each.amount.value) >= Number(low || "-1e9") &&
            Number(each.amount.value) <= Number(high || "1e9"))) &&
        words.every((word) =>
          ` ${each.title} ${each.contact ?? ""}`
            .toLowerCase()
            .replace(/-/g, " ")
            .includes(` ${word.replace(/-/g, " ")}`),
        ),
    );
  }

  count(filter: RecordFilter): number {
    return this.#found(filter).length;
  }

  page(filter: RecordFilter, from: string | null, limit: number): RecordsPage {
    const found = this.#found(filter);
    const start = from === null ? 0 : Number(from);
    const records = found.slice(start, start + limit);
    const next = start + records.length;
    return { records, next: next < found.length ? String(next) : null };
  }

  one(record: string): RecordView {
    const own = this.#all.find((each) => each.record === record) ?? line(10);
    const differs = own.standing === "waiting";
    const side = (there: boolean, id: string, link: string): RecordView["xero"] =>
      there ? { id, read_at: before(120), gone_at: null, unreadable: null, link } : null;
    const isContact = own.kind === "contact";
    const contact = own.contact ?? own.title;
    return {
      line: own,
      xero: side(
        own.xero,
        "0004becd-d504-4c8c-b41e-75d92a303b17",
        "https://go.xero.com/app/invoicing/view/1",
      ),
      erpnext: side(own.erpnext, own.title, "https://erp.example.com/app/sales-invoice/1"),
      fields: isContact ? contactFields(own) : documentFields(own, differs),
      lines: own.kind === "invoice" || own.kind === "credit_note" ? lines(own, differs) : [],
      agreed_at: own.standing === "alone" ? null : before(86_400),
      refers_to: isContact
        ? []
        : [
            {
              record: "xero:contact:1",
              kind: "contact",
              title: contact,
              date: null,
              amount: null,
              xero: own.xero,
              erpnext: own.erpnext,
            },
          ],
      referred_by: this.#all
        .filter((each) => each.kind === (isContact ? "invoice" : "payment"))
        .slice(0, 3)
        .map((each, at) => ({
          record: each.record,
          kind: each.kind,
          title: each.title,
          date: each.date,
          amount: each.amount,
          xero: true,
          erpnext: at !== 1,
        })),
      more_referred_by: isContact,
      exception: null,
      history: [
        {
          id: 900,
          at: before(86_400),
          who: "alex on till-2",
          text: "Changed in ERPNext",
          outcome: "agrees",
          changes: [{ field: "due date", before: "20 Dec 2026", after: "31 Jan 2027" }],
        },
        {
          id: 812,
          at: before(400_000),
          who: "the schedule on till-2",
          text: "Created in ERPNext; both sides have the same figures.",
          outcome: "agrees",
          changes: [],
        },
      ],
    };
  }
}

type Said = [field: string, xero: string | null, erpnext: string | null, agreed?: string];

function fields(own: RecordLine, all: Said[]): RecordField[] {
  return all.map(([field, xero, erpnext, agreed]) => ({
    field,
    xero: own.xero ? xero : null,
    erpnext: own.erpnext ? erpnext : null,
    before: agreed ?? null,
    differs: agreed !== undefined,
  }));
}

function contactFields(own: RecordLine): RecordField[] {
  const mail = "accounts@example.com";
  return fields(own, [
    ["name", own.title, own.title],
    ["e-mail", mail, mail],
    ["telephone", "+44 1872 555 0142", "+44 1872 555 0142"],
    ["address", "1 Harbour Road\nTruro\nTR1 2AB", "1 Harbour Road\nTruro\nTR1 2AB"],
  ]);
}

function documentFields(own: RecordLine, differs: boolean): RecordField[] {
  const total = `${own.amount?.value ?? "0.00"} ${own.amount?.currency ?? ""}`;
  const contact = own.contact;
  const dated = own.date ? calendarDay(own.date) : null;
  return fields(own, [
    ["number", own.kind === "payment" ? null : own.title, own.title],
    ["contact", contact, contact],
    ["state", "approved", "approved"],
    ["date", dated, dated],
    differs
      ? ["due date", "20 Dec 2026", "31 Jan 2027", "6 Dec 2026"]
      : ["due date", "20 Dec 2026", "20 Dec 2026"],
    differs ? ["reference", "PO-78", "PO-77", "PO-77"] : ["reference", "PO-77", "PO-77"],
    ["prices", "without tax", "without tax"],
    ["total", total, total],
    ["amount due", total, total],
  ]);
}

function lines(own: RecordLine, differs: boolean): RecordView["lines"] {
  const currency = own.amount?.currency ?? "GBP";
  const item = (text: string, price: string, account: string, tax: string): RecordLineItem => ({
    text,
    item: null,
    quantity: "2",
    price: { value: price, currency },
    discount: text.startsWith("Roses") ? "10" : null,
    amount: { value: price, currency },
    account,
    tax,
    tracking: text.startsWith("Roses")
      ? [account.includes("MF") ? "Cost Center: North - MF" : "Region: North"]
      : [],
  });
  const pair = (
    number: number,
    text: string,
    price: string,
    of: string[],
  ): RecordView["lines"][number] => ({
    number,
    xero: own.xero ? item(text, price, "200", "OUTPUT2") : null,
    erpnext: own.erpnext ? item(text, price, "Sales - MF", "UK VAT 20% - MF") : null,
    differs: of,
  });
  return [
    pair(1, "Roses, long stem", "48.00", []),
    pair(2, "Delivery to the hotel", "12.50", differs ? ["account"] : []),
  ];
}
