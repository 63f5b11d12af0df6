import type {
  Age,
  Health,
  Kind,
  MappingKind,
  Outcome,
  PlannedChange,
  RecordStanding,
  RunOutcome,
  RunReason,
  Side,
  SignInMethod,
} from "../backend";

/** How a badge looks. Its words say the same, so colour is never the only sign. */
export type Tone = "good" | "warning" | "bad" | "quiet";

export const sideName: Record<Side, string> = { xero: "Xero", erpnext: "ERPNext" };

export const other: Record<Side, Side> = { xero: "erpnext", erpnext: "xero" };

export const kindName: Record<Kind, string> = {
  contact: "Contact",
  invoice: "Invoice",
  credit_note: "Credit note",
  payment: "Payment",
};

export const kindsName: Record<Kind, string> = {
  contact: "Contacts",
  invoice: "Invoices",
  credit_note: "Credit notes",
  payment: "Payments",
};

export const mappingName: Record<MappingKind, { one: string; many: string }> = {
  account: { one: "account", many: "Accounts" },
  tax: { one: "tax rate", many: "Tax rates" },
  bank: { one: "bank account", many: "Bank accounts" },
  tracking: { one: "tracking", many: "Tracking, cost centres and projects" },
};

export const outcomes: Record<Outcome, { word: string; tone: Tone }> = {
  agrees: { word: "Agrees", tone: "good" },
  linked: { word: "Linked", tone: "good" },
  voided: { word: "Voided", tone: "quiet" },
  refused: { word: "Refused", tone: "bad" },
  conflict: { word: "Your choice", tone: "warning" },
  waiting: { word: "Waiting", tone: "warning" },
  in_doubt: { word: "In doubt", tone: "warning" },
  nothing_new: { word: "Nothing new", tone: "quiet" },
  stopped: { word: "Stopped", tone: "quiet" },
  failed: { word: "Failed", tone: "bad" },
  note: { word: "Note", tone: "quiet" },
};

export const recordStandings: Record<RecordStanding, { word: string; tone: Tone }> = {
  linked: { word: "Linked", tone: "good" },
  waiting: { word: "Waiting", tone: "warning" },
  alone: { word: "One side", tone: "quiet" },
  ended: { word: "Ended", tone: "quiet" },
};

export const runOutcomes: Record<RunOutcome, { word: string; tone: Tone }> = {
  running: { word: "Running", tone: "quiet" },
  agrees: { word: "Agrees", tone: "good" },
  done: { word: "Done", tone: "good" },
  needs_attention: { word: "Needs attention", tone: "warning" },
  stopped: { word: "Stopped", tone: "quiet" },
  elsewhere: { word: "Synced elsewhere", tone: "quiet" },
  needs_approval: { word: "Needs approval", tone: "warning" },
  failed: { word: "Failed", tone: "bad" },
};

export const runReasons: Record<RunReason, string> = {
  person: "Sync now",
  retry: "Retry",
  schedule: "Scheduled",
  real_time: "As it happens",
  history: "History",
  first: "First sync",
};

export const ages: Record<Age, string> = {
  not_due: "Not due",
  days30: "1–30 days",
  days60: "31–60",
  days90: "61–90",
  older: "Over 90",
};

export const plannedChanges: Record<PlannedChange, { sign: string; word: string; tone: Tone }> = {
  create: { sign: "+", word: "Create", tone: "good" },
  update: { sign: "±", word: "Change", tone: "warning" },
  void: { sign: "×", word: "Void", tone: "bad" },
  link: { sign: "=", word: "Link", tone: "quiet" },
  wait: { sign: "…", word: "Wait", tone: "warning" },
};

export const healths: Record<Health, { word: string; tone: Tone }> = {
  healthy: { word: "Connected", tone: "good" },
  sign_in_needed: { word: "Sign in needed", tone: "bad" },
  unreachable: { word: "Not reachable", tone: "warning" },
  unknown: { word: "Not tested yet", tone: "quiet" },
};

export const methods: Record<SignInMethod, string> = {
  pkce: "Browser sign-in (PKCE, no secret)",
  client_secret: "Browser sign-in with a client secret",
  custom_connection: "Custom connection",
  api_key: "API key and secret",
  browser: "Browser sign-in",
};
