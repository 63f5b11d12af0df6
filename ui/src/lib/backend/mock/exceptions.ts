import type { AttentionGroup, AttentionView, ExceptionView, IgnoredView } from "../bindings";
import { accountsXero, banksXero } from "./mappings";
import { before } from "./scenario";

function exception(
  id: number,
  title: string,
  contact: string | null,
  date: string | null,
  amount: string | null,
  more: Partial<ExceptionView> = {},
): ExceptionView {
  return {
    id,
    kind: contact === null ? "contact" : "invoice",
    side: "erpnext",
    remote_id: title,
    record: `xero:invoice:${title}`,
    other_id: null,
    title,
    contact,
    date,
    amount: amount === null ? null : { value: amount, currency: "GBP" },
    pays: [],
    message: "",
    since: before(142),
    attempts: 1,
    differences: [],
    candidates: [],
    links: { xero: null, erpnext: "https://erp.example.com/app/sales-invoice/1" },
    log_line: 128_401,
    ...more,
  };
}

/** A credit note that needs a person. */
function creditNote(
  id: number,
  title: string,
  contact: string,
  date: string,
  amount: string,
  used: string[],
  more: Partial<ExceptionView> = {},
): ExceptionView {
  const side = more.side ?? "xero";
  return exception(id, title, contact, date, amount, {
    kind: "credit_note",
    side,
    pays: used,
    record: `${side}:credit_note:${title}`,
    links: { xero: "https://go.xero.com/", erpnext: "https://erp.example.com/app/sales-invoice/1" },
    ...more,
  });
}

/** A payment that needs a person. */
function payment(
  id: number,
  title: string,
  contact: string,
  date: string,
  amount: string,
  pays: string[],
  more: Partial<ExceptionView> = {},
): ExceptionView {
  const side = more.side ?? "erpnext";
  return exception(id, title, contact, date, amount, {
    kind: "payment",
    pays,
    record: `${side}:payment:${title}`,
    links:
      side === "erpnext"
        ? { xero: null, erpnext: `https://erp.example.com/app/payment-entry/${title}` }
        : { xero: "https://go.xero.com/", erpnext: null },
    ...more,
  });
}

const groups: AttentionGroup[] = [
  {
    id: "no_account_mapping:erpnext:Freight Income - MF",
    cause: "no_account_mapping",
    badge: "No account",
    severity: "bad",
    title: "Xero has no account for Freight Income - MF",
    explanation:
      "ERPNext books these lines to Freight Income - MF. Choose the Xero account they belong to; it will be used from now on.",
    who: "You can do this here.",
    count: 2,
    waiting: [{ value: "655.00", currency: "GBP" }],
    since: before(142),
    remedy: {
      do: "choose_mapping",
      kind: "account",
      side: "erpnext",
      key: "Freight Income - MF",
      name: "Freight Income",
      current: null,
      choices: accountsXero,
      suggested: "260",
      reason: "used for 14 freight lines before",
    },
    records: [
      exception(1, "INV-0412", "Okafor & Daughters", "2026-11-22", "240.00"),
      exception(2, "INV-0409", "Tamar Valley Nursery", "2026-11-21", "415.00"),
    ],
  },
  {
    id: "both_changed:contact:Harbour Hotels",
    cause: "both_changed",
    badge: "Both changed",
    severity: "warning",
    title: "Harbour Hotels was edited in Xero and in ERPNext",
    explanation:
      "Both sides changed the same field since they last agreed. Choose whose value to keep.",
    who: "You can do this here.",
    count: 1,
    waiting: [],
    since: before(2 * 86_400 + 17_400),
    remedy: { do: "keep_one", sides: ["xero", "erpnext"] },
    records: [
      exception(3, "Harbour Hotels", null, null, null, {
        links: { xero: "https://go.xero.com/", erpnext: "https://erp.example.com/" },
        differences: [
          {
            field: "E-mail",
            xero: "accounts@harbourhotels.example",
            erpnext: "ap@harbourhotels.example",
            before: "billing@harbourhotels.example",
          },
          {
            field: "Phone",
            xero: "+44 20 7946 0991",
            erpnext: "+44 20 7946 0100",
            before: "+44 20 7946 0100",
          },
        ],
      }),
    ],
  },
  {
    id: "several_candidates:contact:Castle Catering",
    cause: "several_candidates",
    badge: "Which one?",
    severity: "warning",
    title: "Castle Catering could be one of 2 customers in ERPNext",
    explanation: "Nothing is guessed. Say which one is the same; the others are left alone.",
    who: "You can do this here.",
    count: 1,
    waiting: [],
    since: before(3600),
    remedy: { do: "pick_candidate" },
    records: [
      exception(4, "Castle Catering", null, null, null, {
        side: "xero",
        links: { xero: "https://go.xero.com/", erpnext: null },
        candidates: [
          {
            id: "CUST-0031",
            title: "Castle Catering",
            detail: "hello@castlecatering.example, 14 invoices",
            link: "https://erp.example.com/",
          },
          {
            id: "CUST-0207",
            title: "Castle Catering - 1",
            detail: "no e-mail, no invoices",
            link: "https://erp.example.com/",
          },
        ],
      }),
    ],
  },
  {
    id: "period_locked:xero",
    cause: "period_locked",
    badge: "Locked period",
    severity: "warning",
    title: "Xero is locked up to 30 Sep 2026",
    explanation:
      "These invoices are dated in the locked period. Move the lock date in Xero for a moment, or change their date in ERPNext, then retry.",
    who: "An administrator of Xero can do this.",
    count: 1,
    waiting: [{ value: "96.00", currency: "GBP" }],
    since: before(86_400),
    remedy: { do: "mend_record", side: "erpnext" },
    records: [
      exception(5, "INV-0288", "Penrose Weddings", "2026-09-28", "96.00", {
        message: "Dated 28 Sep 2026, before the lock date.",
      }),
    ],
  },
  {
    id: "no_bank_mapping:erpnext:Cash - MF",
    cause: "no_bank_mapping",
    badge: "No bank account",
    severity: "warning",
    title: 'Xero has no bank account for "Cash - MF" of ERPNext.',
    explanation:
      'Choose the Xero account for money that comes to it in ERPNext; everything that waits for it is sent again. In Xero an account that is no bank account needs "enable payments to this account".',
    who: "You can do this here.",
    count: 1,
    waiting: [{ value: "84.00", currency: "GBP" }],
    since: before(7_200),
    remedy: {
      do: "choose_mapping",
      kind: "bank",
      side: "erpnext",
      key: "Cash - MF",
      name: "1210 Cash",
      current: null,
      choices: banksXero,
      suggested: null,
      reason: null,
    },
    records: [
      payment(6, "ACC-PAY-2026-00117", "Penrose Weddings", "2026-11-20", "84.00", ["INV-0398"]),
    ],
  },
  {
    id: "payment_not_carried:xero:a part of it is on account, for no invoice yet",
    cause: "payment_not_carried",
    badge: "Not carried",
    severity: "warning",
    title: "One payment in ERPNext is not carried.",
    explanation:
      "Enter it in Xero too; what is then owed agrees, and the two are linked where they are alike. Or set it aside.",
    who: "Whoever edits it in Xero can do this.",
    count: 1,
    waiting: [{ value: "500.00", currency: "GBP" }],
    since: before(9_000),
    remedy: { do: "mend_record", side: "xero" },
    records: [
      payment(
        7,
        "ACC-PAY-2026-00121",
        "Tamar Valley Nursery",
        "2026-11-21",
        "500.00",
        ["INV-0402", "INV-0407"],
        {
          message:
            "Counterfoil does not carry this payment yet: a part of it is on account, for no invoice yet.",
        },
      ),
    ],
  },
  {
    id: "payments_differ",
    cause: "payments_differ",
    badge: "Payment differs",
    severity: "bad",
    title: "One payment is not the same on both sides any more.",
    explanation:
      "Put the payment back as it was, or cancel it on one side: it is then cancelled on the other too, and what is entered in its place is carried.",
    who: "Whoever edits it in Xero or in ERPNext can do this.",
    count: 1,
    waiting: [{ value: "120.00", currency: "GBP" }],
    since: before(10_800),
    remedy: { do: "retry" },
    records: [
      payment(8, "Payment for INV-0390", "Castle Catering", "2026-11-18", "120.00", ["INV-0390"], {
        side: "xero",
        other_id: "ACC-PAY-2026-00109",
        message: "The two payments differ in amounts paid.",
        differences: [{ field: "amounts paid", xero: "120", erpnext: "70 + 50", before: null }],
      }),
    ],
  },
  {
    id: "paid_too_much",
    cause: "paid_too_much",
    badge: "Paid too much",
    severity: "bad",
    title: "One payment is more than ERPNext has left to pay.",
    explanation:
      "Look for a payment or credit that only ERPNext has: remove it there, or enter it in Xero instead of this one.",
    who: "Whoever edits it in Xero or in ERPNext can do this.",
    count: 1,
    waiting: [{ value: "320.00", currency: "GBP" }],
    since: before(12_600),
    remedy: { do: "mend_record", side: "erpnext" },
    records: [
      payment(10, "BACS 261119", "Brightside Events", "2026-11-19", "320.00", ["INV-0366"], {
        side: "xero",
        message: "It pays 320.00 GBP, but ERPNext has only 200.00 GBP left to pay.",
      }),
    ],
  },
  {
    id: "allocation_not_carried:xero",
    cause: "allocation_not_carried",
    badge: "Credit not used",
    severity: "warning",
    title: "2 credits are used in Xero in a way that cannot be carried.",
    explanation:
      "Use it for the same invoices on both sides, or take the use back in Xero. Or set it aside.",
    who: "Whoever edits it in Xero or in ERPNext can do this.",
    count: 2,
    waiting: [{ value: "180.00", currency: "GBP" }],
    since: before(4_200),
    remedy: { do: "mend_record", side: "erpnext" },
    records: [
      creditNote(12, "CN-0027", "Brightside Events", "2026-11-17", "120.00", ["INV-0366"], {
        message:
          "What this credit is used for in Xero cannot be carried: 40.00 GBP of it is used for INV-0366, of which nothing more is owed there.",
      }),
      creditNote(13, "CN-0028", "Lindqvist AB", "2026-11-19", "60.00", ["INV-0377"], {
        message:
          "What this credit is used for in Xero cannot be carried: it is used for an invoice in another currency.",
      }),
    ],
  },
  {
    id: "allocations_differ",
    cause: "allocations_differ",
    badge: "Credit used differently",
    severity: "bad",
    title: "One credit is used differently on the two sides.",
    explanation: "Use it for the same invoices on both sides, to the same amounts.",
    who: "Whoever edits it in Xero or in ERPNext can do this.",
    count: 1,
    waiting: [{ value: "100.00", currency: "GBP" }],
    since: before(5_400),
    remedy: { do: "retry" },
    records: [
      creditNote(14, "CN-0026", "Harbour Hotels", "2026-11-14", "100.00", ["INV-0390"], {
        other_id: "CN-0026",
        message: "It is not used for the same on both sides: used for INV-0390, used for INV-0402.",
        differences: [
          { field: "used for INV-0390", xero: "100.00 GBP", erpnext: "40.00 GBP", before: null },
          { field: "used for INV-0402", xero: null, erpnext: "60.00 GBP", before: null },
        ],
      }),
    ],
  },
  {
    id: "amount_due_differs:remaining credit",
    cause: "amount_due_differs",
    badge: "Remaining credit",
    severity: "warning",
    title: "A credit note is used, or paid back, on one side only.",
    explanation: "Use it, or pay it back, on the other side too, or undo that where it was done.",
    who: "Whoever edits it in Xero or in ERPNext can do this.",
    count: 1,
    waiting: [{ value: "75.00", currency: "GBP" }],
    since: before(6_000),
    remedy: { do: "retry" },
    records: [
      creditNote(15, "CN-0022", "Quayside Dental", "2026-11-02", "75.00", [], {
        message:
          "25.00 GBP is left of it in Xero but 75.00 GBP in ERPNext: it is used, or paid back, on one side only.",
        differences: [
          { field: "remaining credit", xero: "25.00 GBP", erpnext: "75.00 GBP", before: null },
        ],
      }),
    ],
  },
  {
    id: "waits_for_invoice",
    cause: "waits_for_invoice",
    badge: "Waits",
    severity: "warning",
    title: "One record waits for its invoice.",
    explanation: "Settle the invoice; this follows by itself.",
    who: null,
    count: 1,
    waiting: [{ value: "96.00", currency: "GBP" }],
    since: before(86_400),
    remedy: { do: "retry" },
    records: [
      payment(11, "ACC-PAY-2026-00098", "Penrose Weddings", "2026-10-06", "96.00", ["INV-0288"], {
        message: "It waits for the invoice that it is for, which needs you.",
      }),
    ],
  },
];

/** What needs attention; ignoring and mending change it. */
export class MadeUpExceptions {
  #groups: AttentionGroup[];
  #ignored: IgnoredView[] = [
    {
      exception: exception(9, "INV-0101", "Quayside Dental", "2026-04-02", "12.00"),
      reason: "Settled by hand",
      at: before(40 * 86_400),
    },
  ];

  constructor(empty: boolean) {
    this.#groups = empty ? [] : groups;
    if (empty) this.#ignored = [];
  }

  view(): AttentionView {
    return {
      total: this.#groups.reduce((sum, group) => sum + group.count, 0),
      groups: this.#groups,
      ignored: this.#ignored,
    };
  }

  settle(wanted: (group: AttentionGroup, record: ExceptionView) => boolean): void {
    this.#groups = this.#groups
      .map((group) => {
        const records = group.records.filter((record) => !wanted(group, record));
        return { ...group, records, count: records.length };
      })
      .filter((group) => group.count > 0);
  }

  ignore(ids: number[], reason: string): void {
    const gone = this.#groups
      .flatMap((group) => group.records)
      .filter((record) => ids.includes(record.id));
    this.#ignored = [
      ...gone.map((record) => ({ exception: record, reason, at: before(0) })),
      ...this.#ignored,
    ];
    this.settle((_, record) => ids.includes(record.id));
  }

  undoIgnore(id: number): void {
    this.#ignored = this.#ignored.filter((entry) => entry.exception.id !== id);
    const group = groups.find((each) => each.records.some((record) => record.id === id));
    const record = group?.records.find((each) => each.id === id);
    if (!group || !record) return;
    const present = this.#groups.find((each) => each.id === group.id);
    const records = [...(present?.records ?? []), record];
    const again = { ...group, records, count: records.length };
    this.#groups = [...this.#groups.filter((each) => each.id !== group.id), again];
  }
}
