import { beforeAll, describe, expect, it } from "vitest";
import type { Progress } from "../backend";
import { counted, kinds, kindsOf, listed, sum } from "./counts";
import { clientIdProblem, keyPage, siteAddress, siteProblem } from "./forms";
import { setLocale } from "./locale";
import { formatDecimal, isNegative, isZero, shares } from "./money";
import { counts, doing, fraction, waiting } from "./progress";
import { ago, calendarDay, duration, moment, monthName, secondsUntil } from "./time";

beforeAll(() => {
  setLocale("en-GB");
});

describe("money", () => {
  it("groups, keeps every digit and shows a real minus", () => {
    expect(formatDecimal("184220.15")).toBe("184,220.15");
    expect(formatDecimal("-60.50")).toBe("\u221260.50");
    expect(formatDecimal("0.00")).toBe("0.00");
    expect(formatDecimal("-0.00")).toBe("0.00");
    expect(formatDecimal("9007199254740993.01")).toBe("9,007,199,254,740,993.01");
    expect(formatDecimal("1200")).toBe("1,200");
  });

  it("uses the locale's signs", () => {
    setLocale("de-DE");
    expect(formatDecimal("184220.15")).toBe("184.220,15");
    setLocale("en-IN");
    expect(formatDecimal("184220.15")).toBe("1,84,220.15");
    setLocale("en-GB");
  });

  it("leaves what is not decimal text as it is", () => {
    expect(formatDecimal("n/a")).toBe("n/a");
  });

  it("knows nothing from something", () => {
    expect([isZero("0.00"), isZero("-0"), isZero("0.01")]).toEqual([true, true, false]);
    expect([isNegative("-0.00"), isNegative("-0.01")]).toEqual([false, true]);
  });

  it("makes bars of amounts", () => {
    expect(shares(["50.00", "100.00", "0.00"])).toEqual([0.5, 1, 0]);
    expect(shares(["60.00", "75.00", "-25.00"])).toEqual([0.6, 0.75, -0.25]);
    expect(shares(["-1.00", "-4.00"])).toEqual([-0.25, -1]);
    expect(shares(["0.00", "0.00"])).toEqual([0, 0]);
  });
});

describe("time", () => {
  const now = new Date("2026-11-22T14:05:00Z");

  it("says how long ago", () => {
    expect(ago("2026-11-22T14:04:40Z", now)).toBe("just now");
    expect(ago("2026-11-22T14:03:00Z", now)).toBe("2 minutes ago");
    expect(ago("2026-11-22T11:05:00Z", now)).toBe("3 hours ago");
    expect(ago("2026-11-20T14:05:00Z", now)).toMatch(/^20 Nov, \d\d:05$/);
  });

  it("never shifts a day of the books", () => {
    expect(calendarDay("2026-11-22")).toBe("22 Nov 2026");
  });

  it("names another year", () => {
    expect(moment("2025-03-03T12:00:00Z", now)).toMatch(/^3 Mar 2025, /);
  });

  it("counts down to nothing and no further", () => {
    expect(secondsUntil("2026-11-22T14:05:13.400Z", now)).toBe(14);
    expect(secondsUntil("2026-11-22T14:00:00Z", now)).toBe(0);
  });

  it("says how long a run took", () => {
    const from = "2026-11-22T14:00:00Z";
    expect(duration(from, "2026-11-22T14:00:04Z")).toBe("4 s");
    expect(duration(from, "2026-11-22T14:02:05Z")).toBe("2 min 05 s");
    expect(duration(from, "2026-11-22T15:12:00Z")).toBe("1 h 12 min");
  });
});

describe("counts", () => {
  it("says one and many", () => {
    expect(counted(1, "invoice")).toBe("1 invoice");
    expect(counted(1204, "invoice")).toBe("1,204 invoices");
    expect(counted(2, "currency", "currencies")).toBe("2 currencies");
  });

  it("leaves out what there is none of", () => {
    expect(kinds({ contacts: 3, invoices: 9, credit_notes: 2, payments: 4 })).toBe(
      "3 contacts, 9 invoices, 2 credit notes and 4 payments",
    );
    const none = { contacts: 0, invoices: 0, credit_notes: 0, payments: 0 };
    expect(kinds({ ...none, contacts: 3, invoices: 9 })).toBe("3 contacts and 9 invoices");
    expect(kinds({ ...none, invoices: 1 })).toBe("1 invoice");
    expect(kinds({ ...none, credit_notes: 1 })).toBe("1 credit note");
    expect(sum({ contacts: 1, invoices: 2, credit_notes: 8, payments: 4 })).toBe(15);
    expect(kindsOf([{ kind: "invoice" }, { kind: "contact" }])).toBe("1 contact and 1 invoice");
    expect(kindsOf([{ kind: "payment" }, { kind: "payment" }])).toBe("2 payments");
    expect(kindsOf([{ kind: "credit_note" }, { kind: "credit_note" }])).toBe("2 credit notes");
  });

  it("lists", () => {
    expect(listed(["a", "b", "c"])).toBe("a, b and c");
    expect(listed(["a"])).toBe("a");
  });
});

describe("progress", () => {
  const progress: Progress = {
    run: 7,
    reason: "person",
    started_at: "2026-11-22T14:00:00Z",
    stage: "writing",
    side: "erpnext",
    kind: "invoice",
    done: 412,
    total: 2118,
    per_minute: 340,
    waiting: null,
    paused: false,
    stopping: false,
    to_xero: 0,
    to_erpnext: 412,
    linked: 0,
    exceptions: 0,
  };

  it("says what it does, how far and how fast", () => {
    expect(doing(progress)).toBe("Writing invoices to ERPNext");
    expect(counts(progress)).toBe("412 of 2,118, 340 a minute");
    expect(fraction(progress)).toBeCloseTo(0.1945, 3);
    expect(fraction({ ...progress, total: null })).toBeUndefined();
    expect(doing({ ...progress, kind: "payment", side: "xero" })).toBe("Writing payments to Xero");
    expect(doing({ ...progress, kind: "credit_note" })).toBe("Writing credit notes to ERPNext");
  });

  it("says what it waits for", () => {
    const now = new Date("2026-11-22T14:05:00Z");
    const reason = "Xero allows 60 calls a minute";
    expect(waiting(progress, now)).toBeUndefined();
    expect(waiting({ ...progress, waiting: { reason, until: "2026-11-22T14:05:14Z" } }, now)).toBe(
      "Xero allows 60 calls a minute; continuing in 14 s",
    );
    expect(waiting({ ...progress, waiting: { reason, until: null } }, now)).toBe(reason);
  });
});

describe("forms", () => {
  it("tells a client id from something else", () => {
    expect(clientIdProblem("7B1F0C2E9D3A4C5F8E6A1D2B3C4F5A60")).toBeUndefined();
    expect(clientIdProblem("")).toMatch(/Paste/);
    expect(clientIdProblem("7B1F")).toMatch(/32 letters and digits; this has 4/);
    expect(clientIdProblem("https://x")).toMatch(/letters and digits only/);
  });

  it("makes an address whole", () => {
    expect(siteAddress("erp.example.com/app/home")).toBe("https://erp.example.com");
    expect(siteAddress("http://localhost:8000/")).toBe("http://localhost:8000");
    expect(siteAddress("127.0.0.1:8000")).toBe("http://127.0.0.1:8000");
    expect(siteAddress("not an address")).toBeUndefined();
    expect(siteProblem("http://erp.example.com")).toMatch(/https/);
    expect(siteProblem("erp.example.com")).toBeUndefined();
    expect(keyPage("erp.example.com")).toBe("https://erp.example.com/app/user");
  });
});

describe("a month of the books", () => {
  it("is never shifted into another by a time zone", () => {
    expect(monthName("2026-01", "short")).toBe("Jan");
    expect(monthName("2026-11", "full")).toBe("November 2026");
  });
});
