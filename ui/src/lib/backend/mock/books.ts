import type {
  AgeView,
  ConnectionsView,
  ErrorView,
  InvoicedView,
  Kind,
  OverviewView,
  PreviewView,
  RunView,
  SettingsView,
  SignInView,
} from "../bindings";
import { customer, scatter } from "./people";
import { before, now, type Scenario } from "./scenario";

export const offline: ErrorView = {
  code: "offline",
  message: "ERPNext cannot be reached: erp.mapleflorist.example does not answer.",
  next_step: "Check that the site is up and this computer is online, then try again.",
  details: "connect error: dns error: failed to lookup address information",
  side: "erpnext",
};

const story: Record<AgeView["age"], [string, string]> = {
  not_due: ["98410.15", "98410.15"],
  days30: ["54300.00", "54300.00"],
  days60: ["20610.00", "20610.00"],
  days90: ["7400.00", "7640.00"],
  older: ["3500.00", "3500.00"],
};

export function ages(agree: boolean): AgeView[] {
  return (Object.entries(story) as [AgeView["age"], [string, string]][]).map(
    ([age, [xero, erpnext]]) => ({ age, xero, erpnext: agree ? xero : erpnext }),
  );
}

/** The counts of a run; what is linked is marked in ERPNext. */
export function written(
  to_xero: number,
  to_erpnext: number,
  linked: number,
): Pick<
  RunView,
  | "to_xero"
  | "to_erpnext"
  | "records_written"
  | "payments"
  | "credit_notes"
  | "markers"
  | "writes"
  | "linked"
> {
  const records_written = to_xero + to_erpnext;
  const markers = to_xero + linked;
  return {
    to_xero,
    to_erpnext,
    records_written,
    payments: Math.floor(records_written / 3),
    credit_notes: Math.floor(records_written / 12),
    markers,
    writes: records_written + markers,
    linked,
  };
}

const byMonth = [
  61240, 58310, 66120, 71905, 64480, 69930, 75210, 73390, 52870, 78040, 83615, 49220,
];

function invoiced(agree: boolean): InvoicedView[] {
  return [
    {
      currency: "GBP",
      months: byMonth.map((pounds, index) => {
        const month = new Date(Date.UTC(2025, 11 + index, 1)).toISOString().slice(0, 7);
        const last = index === byMonth.length - 1;
        return {
          month,
          xero: `${pounds}.15`,
          erpnext: `${last && !agree ? pounds + 240 : pounds}.15`,
        };
      }),
    },
  ];
}

export function overview(
  scenario: Scenario,
  needs: number,
  aside: number,
  latest: OverviewView["latest"],
): OverviewView {
  const empty = scenario.state === "empty";
  const agrees = needs === 0;
  const partial = scenario.state === "partial";
  return {
    pairing: {
      name: "Maple Florist",
      organisation: "Maple Florist",
      company: "Maple Florist Ltd",
      demo: false,
    },
    agreement: empty
      ? "not_synced"
      : partial
        ? "unreachable"
        : agrees
          ? "agrees"
          : "needs_attention",
    needs_attention: empty ? 0 : needs,
    ignored: empty ? 0 : aside,
    unexplained: [],
    checked_at: empty ? null : partial ? before(3 * 3600) : before(120),
    next_run_at: empty ? null : before(-1530),
    receivables: empty
      ? []
      : [
          {
            currency: "GBP",
            xero: {
              amount: "184220.15",
              open_invoices: 412,
              open_credit_notes: 7,
              credits: "310.00",
            },
            erpnext: {
              amount: agrees ? "184220.15" : "184460.15",
              open_invoices: agrees ? 412 : 413,
              open_credit_notes: 7,
              credits: "310.00",
            },
            apart: agrees ? "0.00" : "-240.00",
            credits_apart: "0.00",
            ages: ages(agrees),
          },
          {
            currency: "EUR",
            xero: { amount: "2240.40", open_invoices: 3, open_credit_notes: 1, credits: "0.00" },
            erpnext: { amount: "2240.40", open_invoices: 3, open_credit_notes: 1, credits: "0.00" },
            apart: "0.00",
            credits_apart: "0.00",
            ages: [
              { age: "not_due", xero: "1365.40", erpnext: "1365.40" },
              { age: "days30", xero: "910.00", erpnext: "910.00" },
              { age: "days60", xero: "0.00", erpnext: "0.00" },
              { age: "days90", xero: "0.00", erpnext: "0.00" },
              // Credit that nobody has used.
              { age: "older", xero: "-35.00", erpnext: "-35.00" },
            ],
          },
        ],
    apart:
      empty || agrees
        ? []
        : [
            {
              more_in: "erpnext" as const,
              amount: { value: "240.00", currency: "GBP" },
              reason:
                'INV-0412 of Okafor & Daughters: Xero has no account for "Freight Income - MF" of ERPNext.',
              action: "Choose account",
              group: "no_account_mapping:erpnext:Freight Income - MF",
            },
            ...[1, 2, 3].map((nth) => ({
              more_in: nth === 2 ? ("erpnext" as const) : ("xero" as const),
              amount: { value: `${nth * 25}.00`, currency: "GBP" },
              reason: `ACC-PAY-2026-0011${nth} of Brightside Events: Xero has no bank account for "Cash - MF" of ERPNext.`,
              action: "Choose bank account",
              group: "no_bank_mapping:erpnext:Cash - MF",
            })),
          ],
    credits: [],
    outside: [],
    credits_unread: [],
    invoiced: empty ? [] : invoiced(agrees),
    today: [
      {
        kind: "contact",
        to_erpnext: empty ? 0 : 2,
        to_xero: empty ? 0 : 3,
        linked: empty ? 0 : 1,
      },
      {
        kind: "invoice",
        to_erpnext: empty ? 0 : 38,
        to_xero: empty ? 0 : 12,
        linked: 0,
      },
      {
        kind: "credit_note",
        to_erpnext: empty ? 0 : 4,
        to_xero: empty ? 0 : 1,
        linked: 0,
      },
      {
        kind: "payment",
        to_erpnext: empty ? 0 : 21,
        to_xero: empty ? 0 : 9,
        linked: empty ? 0 : 4,
      },
    ],
    xero_calls: {
      used: empty ? 4 : 212,
      allowed: 1000,
      resets_at: before(-9 * 3600 - 330),
      ...limits,
    },
    xero_sign_in: signIn(),
    latest: empty ? [] : latest,
    unreachable: partial
      ? [{ side: "erpnext", last_read_at: before(3 * 3600), error: offline }]
      : [],
  };
}

export function preview(empty: boolean): PreviewView {
  const items: PreviewView["items"] = [
    item("1", "contact", "Tamar Valley Nursery", null, null, "create", "xero", "Create in Xero", [
      ["Name", null, "Tamar Valley Nursery"],
      ["E-mail", null, "office@tamarvalley.example"],
      ["VAT number", null, "GB 482 9921 06"],
    ]),
    item(
      "1b",
      "contact",
      "Castle Catering",
      null,
      null,
      "create",
      "xero",
      'Create in Xero as "Castle Catering - 1", because another "Castle Catering" is there',
      [
        ["Name", null, "Castle Catering - 1"],
        ["E-mail", null, "events@castlecatering.example"],
      ],
    ),
    item(
      "2",
      "invoice",
      "INV-0411",
      "Tamar Valley Nursery",
      "1082.40",
      "create",
      "xero",
      "Create in Xero, 7 lines, VAT 180.40",
      [
        ["Date", null, "21 Nov 2026"],
        ["Due date", null, "21 Dec 2026"],
        ["Total", null, "1,082.40 GBP"],
      ],
    ),
    item(
      "3",
      "invoice",
      "INV-0413",
      "Brightside Events",
      "612.50",
      "create",
      "erpnext",
      "Create in ERPNext, 4 lines, VAT 102.08",
      [
        ["Date", "22 Nov 2026", null],
        ["Total", "612.50 GBP", null],
      ],
    ),
    item(
      "4",
      "invoice",
      "INV-0377",
      "Lindqvist AB",
      "910.00",
      "update",
      "erpnext",
      "Due date 30 Nov → 15 Dec 2026 (cancel and amend in ERPNext)",
      [
        ["Due date", "15 Dec 2026", "30 Nov 2026"],
        ["Total", "910.00 EUR", "910.00 EUR"],
      ],
    ),
    item(
      "5",
      "invoice",
      "INV-0366",
      "Castle Catering",
      "320.00",
      "void",
      "erpnext",
      "Cancel in ERPNext: voided in Xero",
      [["Status", "Voided", "Submitted"]],
    ),
    item(
      "5d",
      "credit_note",
      "CN-0031",
      "Brightside Events",
      "120.00",
      "create",
      "erpnext",
      "Create in ERPNext, 1 line, tax 20.00 GBP",
      [
        ["number", "CN-0031", null],
        ["date", "22 Nov 2026", null],
        ["total", "120.00 GBP", null],
      ],
    ),
    item(
      "5e",
      "credit_note",
      "ACC-SINV-RET-2026-00009",
      "Harbour Hotels",
      "100.00",
      "update",
      "xero",
      "Use in Xero, for INV-0402 and INV-0407",
      [
        ["used for INV-0402", null, "60.00 GBP"],
        ["used for INV-0407", "15.00 GBP", "40.00 GBP"],
      ],
    ),
    item(
      "5a",
      "payment",
      "INV-0398",
      "Penrose Weddings",
      "84.00",
      "create",
      "erpnext",
      "Create in ERPNext, for INV-0398",
      [
        ["contact", "Penrose Weddings", null],
        ["date", "20 Nov 2026", null],
        ["bank account", "Barclays Current - MF", null],
        ["reference", "INV-0398", null],
        ["amount", "84.00 GBP", null],
        ["pays INV-0398", "84.00 GBP", null],
      ],
    ),
    item(
      "5b",
      "payment",
      "ACC-PAY-2026-00119",
      "Tamar Valley Nursery",
      "1230.00",
      "create",
      "xero",
      "Create in Xero, for INV-0402 and INV-0407",
      [
        ["contact", null, "Tamar Valley Nursery"],
        ["date", null, "21 Nov 2026"],
        ["bank account", null, "090"],
        ["reference", null, "BACS 261121"],
        ["amount", null, "1,230.00 GBP"],
        ["pays INV-0402", null, "815.00 GBP"],
        ["pays INV-0407", null, "415.00 GBP"],
      ],
    ),
    item(
      "5c",
      "payment",
      "Payment for INV-0351",
      "Castle Catering",
      "60.00",
      "void",
      "xero",
      "Delete in Xero",
      [],
    ),
    item(
      "6",
      "contact",
      "Okafor & Daughters",
      null,
      null,
      "link",
      null,
      "Link: same VAT number, same e-mail",
      [],
    ),
  ];
  for (let index = 0; index < 33; index += 1) {
    const seed = scatter(index + 900);
    items.push(
      item(
        `more-${index}`,
        "invoice",
        `INV-${String(420 + index).padStart(4, "0")}`,
        customer(seed),
        `${40 + (seed % 900)}.${String(seed % 100).padStart(2, "0")}`,
        "create",
        seed % 3 === 0 ? "xero" : "erpnext",
        `Create in ${seed % 3 === 0 ? "Xero" : "ERPNext"}, ${1 + (seed % 6)} lines`,
        [],
      ),
    );
  }
  items.push(
    item(
      "w",
      "invoice",
      "INV-0412",
      "Okafor & Daughters",
      "240.00",
      "wait",
      null,
      "Waits: no Xero account for Freight Income - MF",
      [],
    ),
  );
  if (empty) {
    return {
      made_at: before(20),
      about: null,
      held: 0,
      to_xero: { contacts: 0, invoices: 0, credit_notes: 0, payments: 0 },
      to_erpnext: { contacts: 0, invoices: 0, credit_notes: 0, payments: 0 },
      link: { contacts: 0, invoices: 0, credit_notes: 0, payments: 0 },
      unchanged: 2118,
      waiting: 0,
      causes: 0,
      warnings: [],
      needs_approval: false,
      items: [],
      total: 0,
    };
  }
  return {
    made_at: before(20),
    about: null,
    held: 0,
    to_xero: { contacts: 3, invoices: 9, credit_notes: 1, payments: 2 },
    to_erpnext: { contacts: 0, invoices: 26, credit_notes: 1, payments: 1 },
    link: { contacts: 1, invoices: 0, credit_notes: 0, payments: 0 },
    unchanged: 2118,
    waiting: 3,
    causes: 2,
    warnings: [
      "1 invoice will be cancelled in ERPNext because it was voided in Xero.",
      "1 payment will be deleted or cancelled: its invoice is owed again.",
    ],
    needs_approval: false,
    items: items.map((each, index) => ({ ...each, number: index + 1 })),
    total: items.length,
  };
}

function item(
  id: string,
  kind: Kind,
  title: string,
  contact: string | null,
  amount: string | null,
  change: PreviewView["items"][number]["change"],
  towards: "xero" | "erpnext" | null,
  text: string,
  differences: [string, string | null, string | null][],
): PreviewView["items"][number] {
  return {
    id,
    number: 0,
    kind,
    title,
    contact,
    amount:
      amount === null
        ? null
        : { value: amount, currency: contact === "Lindqvist AB" ? "EUR" : "GBP" },
    change,
    towards,
    text,
    differences: differences.map(([field, xero, erpnext]) => ({
      field,
      xero,
      erpnext,
      before: null,
    })),
  };
}

const ended: ErrorView = {
  code: "interrupted",
  message: "It was stopped when the program ended.",
  next_step: "Nothing is lost; the next sync looks up what was under way, and goes on from there.",
  details: null,
  side: null,
};

export function runs(): RunView[] {
  return Array.from({ length: 40 }, (_, back) => {
    const seed = scatter(back + 77);
    const quiet = back !== 0 && seed % 3 !== 0;
    return {
      id: 312 - back,
      started_at: before(150 + back * 900),
      finished_at: before(150 + back * 900 - (quiet ? 3 : 4 + (seed % 90))),
      reason: back === 39 ? "first" : seed % 11 === 0 ? "person" : "schedule",
      outcome: back === 0 ? "needs_attention" : back === 2 || back === 7 ? "failed" : "agrees",
      ...written(quiet ? 0 : seed % 12, quiet ? 0 : seed % 31, back === 39 ? 2118 : 0),
      exceptions: back === 0 ? 3 : 0,
      ignored: 0,
      held: 0,
      later: 0,
      about: null,
      apart: 0,
      xero_calls: quiet ? 2 : 6,
      error: back === 2 ? ended : back === 7 ? offline : null,
    };
  });
}

const limits = {
  left: 788,
  reserved: 50,
  per_minute: 60,
  left_this_minute: 57,
  waiting: null,
};

function signIn(): SignInView {
  return {
    expires_at: new Date(now.getTime() + 60 * 86_400_000).toISOString(),
    days_left: 60,
    warning: null,
    missing: [],
  };
}

export function connections(partial: boolean): ConnectionsView {
  return {
    connections: [
      {
        id: 1,
        side: "xero",
        name: "Maple Florist",
        address: "App 7B1F…5A60",
        method: "pkce",
        authorised_by: "Jo Hart",
        authorised_at: "2026-03-03T09:12:00Z",
        expires_at: new Date(now.getTime() + 60 * 86_400_000).toISOString(),
        health: "healthy",
        last_ok_at: before(120),
        error: null,
        sign_in: signIn(),
        organisations: ["Maple Florist"],
        calls: { used: 212, allowed: 1000, resets_at: before(-9 * 3600 - 330), ...limits },
        used_by: "Maple Florist",
        demo: false,
      },
      {
        id: 2,
        side: "erpnext",
        name: "Maple Florist Ltd",
        address: "https://erp.mapleflorist.example",
        method: "api_key",
        authorised_by: "counterfoil@mapleflorist.example",
        authorised_at: "2026-03-03T09:18:00Z",
        expires_at: null,
        sign_in: null,
        organisations: [],
        health: partial ? "unreachable" : "healthy",
        last_ok_at: partial ? before(3 * 3600) : before(120),
        error: partial ? offline : null,
        calls: null,
        used_by: "Maple Florist",
        demo: false,
      },
    ],
  };
}

export function settings(theme: "system" | "light" | "dark"): SettingsView {
  return {
    preferences: { theme, keep_in_tray: false },
    data_folder: "/home/jo/.local/share/counterfoil",
    secrets_kept_in: "In this computer's keyring.",
    version: "0.1.0",
  };
}

/** A run that found ERPNext as it was some days ago. */
export function wentBack(run: RunView): RunView {
  return {
    ...run,
    ...written(0, 0, 0),
    outcome: "needs_approval",
    error: {
      code: "went_back_in_time",
      message:
        "ERPNext no longer has what was written there last (INV-0414, INV-0413 and 7 more), and nothing says that anybody deleted it. It was probably put back to an earlier state, for example from a backup.",
      next_step: null,
      details: null,
      side: "erpnext",
    },
  };
}

/** A run that met another installation. */
export function elsewhere(run: RunView): RunView {
  return {
    ...run,
    ...written(0, 0, 0),
    outcome: "elsewhere",
    error: {
      code: "synced_elsewhere",
      message:
        "This pairing is being synced by the schedule on SERVER, since 22 Nov 2026, 14:03 UTC.",
      next_step: null,
      details: null,
      side: null,
    },
  };
}
