import type { CheckView, SetupStep, SetupView } from "../bindings";
import type { State } from "./scenario";

const order: SetupStep[] = ["xero", "erpnext", "check", "map", "preview"];

const begins: Partial<Record<State, SetupStep>> = {
  setup: "xero",
  waiting: "xero",
  organisations: "xero",
  erpnext: "erpnext",
  check: "check",
  map: "map",
  "first-preview": "preview",
};

/** Set-up that can be walked through. */
export class MadeUpSetup {
  view: SetupView;
  #fields = true;

  constructor(state: State) {
    const step = begins[state];
    const at = step ? order.indexOf(step) : order.length;
    this.view = {
      finished: step === undefined,
      step: step ?? "preview",
      done: order.slice(0, at),
      xero: null,
      erpnext: null,
      redirect_uris: [
        "http://localhost:49210/callback",
        "http://localhost:49211/callback",
        "http://localhost:49212/callback",
      ],
      prefill: { client_id: null, url: null, key: null, erpnext_client_id: null, secret: null },
      demo: false,
    };
    if (at > 0) this.signedIn(false);
    if (state === "organisations") this.signedIn(true);
    if (at > 1) this.connected();
    this.#fields = state !== "check";
    this.view = { ...this.view, step: step ?? "preview", done: order.slice(0, at) };
  }

  go(step: SetupStep): SetupView {
    const at = order.indexOf(step);
    this.view = { ...this.view, step, done: order.slice(0, Math.max(at, this.view.done.length)) };
    return this.view;
  }

  signedIn(several: boolean): SetupView {
    const first = { id: "t1", name: "Maple Florist", detail: "GBP, United Kingdom" };
    this.view = {
      ...this.view,
      xero: several
        ? {
            organisations: [
              first,
              { id: "t2", name: "Maple Florist (Ireland)", detail: "EUR, Ireland" },
              { id: "t3", name: "Demo Company (UK)", detail: "GBP, United Kingdom" },
            ],
            chosen: null,
          }
        : { organisations: [first], chosen: first.id },
    };
    return several ? this.view : this.go("erpnext");
  }

  connected(): SetupView {
    this.view = {
      ...this.view,
      erpnext: {
        url: "https://erp.mapleflorist.example",
        user: "counterfoil@mapleflorist.example",
        signed_in: false,
        missing: [],
        missing_roles: [],
        companies: [
          { id: "Maple Florist Ltd", name: "Maple Florist Ltd", detail: "GBP, United Kingdom" },
        ],
        chosen: "Maple Florist Ltd",
      },
    };
    return this.go("check");
  }

  install(): CheckView {
    this.#fields = true;
    return this.check();
  }

  check(): CheckView {
    const fields = this.#fields;
    return {
      items: [
        {
          id: "xero_permissions",
          side: "xero",
          title: "Xero permissions",
          state: "passed",
          found: "Contacts, invoices, credit notes, payments and settings",
          next_step: null,
          fix: null,
        },
        {
          id: "erpnext_permissions",
          side: "erpnext",
          title: "ERPNext permissions",
          state: "passed",
          found:
            "Customers, invoices, credit notes, payments, journals and the lists behind them: everything needed",
          next_step: null,
          fix: null,
        },
        {
          id: "currencies",
          side: null,
          title: "Base currency",
          state: "passed",
          found: "GBP on both sides",
          next_step: null,
          fix: null,
        },
        {
          id: "lock_dates",
          side: null,
          title: "Locked periods",
          state: "warning",
          found: "Xero is locked up to 30 Sep 2026, ERPNext is open.",
          next_step: "Invoices dated before that wait under Needs attention.",
          fix: {
            do: "open_page",
            url: "https://go.xero.com/Setup/FinancialSettings.aspx",
            label: "Open lock dates in Xero",
          },
        },
        {
          id: "time_zones",
          side: null,
          title: "Time zones",
          state: "passed",
          found: "Europe/London on both sides",
          next_step: null,
          fix: null,
        },
        {
          id: "bank_accounts",
          side: null,
          title: "Bank accounts",
          state: "passed",
          found:
            "Without a counterpart: 1210 Cash in ERPNext. A payment that comes to one waits until you choose",
          next_step: null,
          fix: null,
        },
        {
          id: "marker_fields",
          side: "erpnext",
          title: "Marker fields",
          state: fields ? "passed" : "failed",
          found: fields ? "Installed on the ERPNext site" : "Not on the ERPNext site yet",
          next_step: fields ? null : "They keep a record from being made twice.",
          fix: fields ? null : { do: "install_marker_fields" },
        },
      ],
      missing_fields: fields
        ? []
        : [
            { doctype: "Customer", field: "xero_contact_id" },
            { doctype: "Sales Invoice", field: "xero_invoice_id" },
            { doctype: "Payment Entry", field: "xero_payment_id" },
          ],
      missing_scripts: fields ? [] : ["Counterfoil: Amend Sales Invoice"],
      ready: fields,
    };
  }
}
