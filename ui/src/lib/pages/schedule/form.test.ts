import { describe, expect, it } from "vitest";
import type { ScheduleEntry } from "../../backend";
import { choice, filled } from "./form";

const entry = (every: ScheduleEntry["every"]): ScheduleEntry => ({
  every,
  zone: "Europe/London",
  hours: null,
  quiet: null,
});

describe("the schedule's form", () => {
  it("chooses what it was filled in with", () => {
    const hours = { days: ["mon" as const, "fri" as const], from: "08:00", until: "18:00" };
    const entries: ScheduleEntry[] = [
      { ...entry({ minutes: 5 }), hours, quiet: { last: 3, first: 1 } },
      { ...entry("live"), hours },
      { ...entry({ hour: 30 }), hours },
      entry({ day: { at: "07:30" } }),
      entry({ week: { on: "thu", at: "18:00" } }),
      { ...entry({ month: { day: 31, at: "06:00" } }), quiet: { last: 0, first: 2 } },
    ];
    for (const it of entries) expect(choice(filled(it, "by_hand"))).toEqual({ at: it });
  });

  it("says that a person starts it, or that a kind goes with the others", () => {
    expect(choice(filled(null, "by_hand"))).toBe("by_hand");
    expect(choice(filled(null, "with_others"))).toBe("with_others");
  });

  it("sends no hours where the time is named, and days in the order of the week", () => {
    const form = filled(entry({ minutes: 5 }), "by_hand");
    const inHours = { ...form, inHours: true, days: ["fri" as const, "mon" as const] };
    expect(choice(inHours)).toMatchObject({ at: { hours: { days: ["mon", "fri"] } } });
    expect(choice({ ...inHours, howOften: "day" })).toMatchObject({ at: { hours: null } });
  });

  it("leaves the zone to the site where none is named", () => {
    expect(choice({ ...filled(null, "by_hand"), howOften: "day", zone: " " })).toMatchObject({
      at: { zone: null },
    });
  });
});
