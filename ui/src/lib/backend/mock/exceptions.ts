import type { AttentionGroup, AttentionView, ExceptionView, IgnoredView } from "../bindings";
import { accountsXero } from "./mappings";
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
