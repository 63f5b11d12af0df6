import { kindsName } from "../../words/labels";
import { week } from "../../pages/schedule/form";
import { Failure } from "../backend";
import type {
  Kind,
  PauseFor,
  ScheduleChoice,
  ScheduleEntry,
  ScheduleLine,
  ScheduleView,
} from "../bindings";
import { before } from "./scenario";

/** When the made-up books are synced. */
export class MadeUpSchedule {
  #all: ScheduleEntry | null;
  #kinds = new Map<Kind, ScheduleEntry | null>();
  #paused: { until: string | null } | null = null;

  constructor(
    private readonly chosen: boolean,
    private readonly unreached: boolean,
  ) {
    const every = (every: ScheduleEntry["every"]): ScheduleEntry => ({
      every,
      zone: "Europe/London",
      hours: null,
      quiet: null,
    });
    this.#all = chosen ? every({ hour: 30 }) : null;
    if (chosen)
      this.#kinds.set("payment", {
        ...every({ day: { at: "18:00" } }),
        quiet: { last: 2, first: 0 },
      });
  }

  choose(kind: Kind | null, choice: ScheduleChoice): void {
    if (
      typeof choice === "object" &&
      choice.at.every !== "live" &&
      (choice.at.every.minutes ?? 60) < 4
    ) {
      throw new Failure({
        code: "usage",
        message:
          "That asks Xero up to 1440 times a day, and this many leave no calls for writing: 450 are the most.",
        next_step: "Choose more minutes, or fewer hours of the day.",
        details: null,
        side: null,
      });
    }
    const entry =
      typeof choice === "object" ? { ...choice.at, zone: choice.at.zone ?? "Europe/London" } : null;
    if (kind === null) this.#all = entry;
    else if (choice === "with_others") this.#kinds.delete(kind);
    else this.#kinds.set(kind, entry);
  }

  pause(pause: PauseFor | null): void {
    if (pause === null) this.#paused = null;
    else if (pause === "until_resumed") this.#paused = { until: null };
    else this.#paused = { until: before(pause === "tomorrow" ? -35_730 : -60 * pause.minutes) };
  }

  view(): ScheduleView {
    const kinds = Object.keys(kindsName) as Kind[];
    const all = this.#line(
      null,
      kinds.filter((kind) => !this.#kinds.has(kind)),
      this.#all,
      -1530,
    );
    const own = kinds
      .filter((kind) => this.#kinds.has(kind))
      .map((kind) => this.#line(kind, [kind], this.#kinds.get(kind) ?? null, -14_130));
    const lines = [all, ...own];
    return {
      lines,
      paused: this.#paused,
      next_at: this.#paused ? null : (lines.find((line) => line.next_at)?.next_at ?? null),
      waits: null,
      live: null,
      trouble: this.unreached
        ? {
            code: "offline",
            message: "ERPNext cannot be reached.",
            next_step:
              "Look at this computer's connection and the address; the next sync goes on where this one was.",
            details: null,
            side: "erpnext",
          }
        : null,
    };
  }

  #line(kind: Kind | null, kinds: Kind[], entry: ScheduleEntry | null, next: number): ScheduleLine {
    return {
      kind,
      kinds,
      entry,
      sentence: entry ? sentence(entry) : "Only when you start it",
      next_at: entry && !this.#paused ? before(next) : null,
      last_at: entry && this.chosen ? before(2070) : null,
    };
  }
}

/** In words, much as the application says it. */
function sentence({ every, zone, quiet }: ScheduleEntry): string {
  const when = (): string => {
    if (every === "live") return "As it happens in ERPNext, and from Xero within 4 minutes";
    if (every.minutes !== undefined) return `Every ${every.minutes} minutes`;
    if (every.hour !== undefined) return `Every hour, ${every.hour} minutes past`;
    if (every.day !== undefined) return `Every day at ${every.day.at}`;
    if (every.week !== undefined) {
      const { on, at } = every.week;
      return `Every ${week.find(({ value }) => value === on)?.label ?? on} at ${at}`;
    }
    return `On day ${every.month.day} of every month at ${every.month.at}`;
  };
  const not = quiet ? `, not on the last ${quiet.last} days of a month` : "";
  return `${when()}${not} (${zone ?? "UTC"})`;
}
