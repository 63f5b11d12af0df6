import type { ScheduleChoice, ScheduleEntry, Weekday } from "../../backend";

/** How often, as the form asks for it. */
export type HowOften =
  "by_hand" | "with_others" | "live" | "minutes" | "hour" | "day" | "week" | "month";

/** Everything the form can ask for; what the chosen sort has no use for is kept and not sent. */
export interface ScheduleForm {
  howOften: HowOften;
  minutes: string;
  minute: string;
  at: string;
  on: Weekday;
  day: string;
  zone: string;
  inHours: boolean;
  from: string;
  until: string;
  days: Weekday[];
  quiet: boolean;
  last: string;
  first: string;
}

export const week: { value: Weekday; label: string; short: string }[] = [
  { value: "mon", label: "Monday", short: "Mon" },
  { value: "tue", label: "Tuesday", short: "Tue" },
  { value: "wed", label: "Wednesday", short: "Wed" },
  { value: "thu", label: "Thursday", short: "Thu" },
  { value: "fri", label: "Friday", short: "Fri" },
  { value: "sat", label: "Saturday", short: "Sat" },
  { value: "sun", label: "Sunday", short: "Sun" },
];

const usual: ScheduleForm = {
  howOften: "by_hand",
  minutes: "15",
  minute: "0",
  at: "07:00",
  on: "mon",
  day: "1",
  zone: "",
  inHours: false,
  from: "08:00",
  until: "18:00",
  days: ["mon", "tue", "wed", "thu", "fri"],
  quiet: false,
  last: "2",
  first: "0",
};

/** The form filled in with what is chosen; `otherwise` where nothing is. */
export function filled(entry: ScheduleEntry | null, otherwise: HowOften): ScheduleForm {
  if (entry === null) return { ...usual, howOften: otherwise };
  const form: ScheduleForm = {
    ...usual,
    zone: entry.zone ?? "",
    inHours: entry.hours !== null,
    ...(entry.hours ?? {}),
    quiet: entry.quiet !== null,
    last: String(entry.quiet?.last ?? usual.last),
    first: String(entry.quiet?.first ?? usual.first),
  };
  const { every } = entry;
  if (every === "live") return { ...form, howOften: "live" };
  if (every.minutes !== undefined) {
    return { ...form, howOften: "minutes", minutes: String(every.minutes) };
  }
  if (every.hour !== undefined) return { ...form, howOften: "hour", minute: String(every.hour) };
  if (every.day !== undefined) return { ...form, howOften: "day", at: every.day.at };
  if (every.week !== undefined) return { ...form, howOften: "week", ...every.week };
  return { ...form, howOften: "month", at: every.month.at, day: String(every.month.day) };
}

/** Whether hours can be named: other sorts name their time themselves. */
export function takesHours(howOften: HowOften): boolean {
  return howOften === "live" || howOften === "minutes" || howOften === "hour";
}

/** What the form chooses. */
export function choice(form: ScheduleForm): ScheduleChoice {
  const at = form.at;
  const every = (): ScheduleEntry["every"] => {
    switch (form.howOften) {
      case "live":
        return "live";
      case "minutes":
        return { minutes: Number(form.minutes) };
      case "hour":
        return { hour: Number(form.minute) };
      case "week":
        return { week: { on: form.on, at } };
      case "month":
        return { month: { day: Number(form.day), at } };
      default:
        return { day: { at } };
    }
  };
  if (form.howOften === "by_hand" || form.howOften === "with_others") return form.howOften;
  const inOrder = week.map(({ value }) => value).filter((day) => form.days.includes(day));
  return {
    at: {
      every: every(),
      zone: form.zone.trim() === "" ? null : form.zone.trim(),
      hours:
        form.inHours && takesHours(form.howOften)
          ? { days: inOrder, from: form.from, until: form.until }
          : null,
      quiet: form.quiet ? { last: Number(form.last) || 0, first: Number(form.first) || 0 } : null,
    },
  };
}
